// Skip-gram with negative sampling as word2vec trains it (Mikolov et al. 2013): threads without locks over one text, one
// pair after another, errors from a table, negatives from a table of 1e8. A baseline for words per second; compiled by
// skip-gram.mjs with -O3 -march=native -ffast-math.
//
// Arguments: file of the text (int32: words by falling frequency, -1 between sentences), words, dims, window, negatives,
// sample, rate, epochs. Lines in: threads, and a path that the vectors [words, dims] are written to, or "-". Lines out:
// milliseconds of the training.
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define EXP_STEPS 1000
#define MAX_EXP 6
#define NOISE_SIZE 100000000
#define MAX_SENTENCE 1000
#define MAX_THREADS 256

static int32_t *text, *noise;
static int64_t size, words, dims, window_width, negatives, epochs, train_words;
static int64_t* counts;
static double sample;
static float first_rate, rate;
static float *input, *output, *errors_of;
static int threads;
static volatile int64_t words_done;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

static uint64_t next_random(uint64_t* state) { return *state = *state * 25214903917ULL + 11; }

static void* train(void* argument) {
  const int64_t id = (int64_t)(intptr_t)argument, begin = size * id / threads, end = size * (id + 1) / threads;
  uint64_t random = id;
  int64_t done = 0, told = 0;
  int32_t sentence[MAX_SENTENCE];
  float* ascent = malloc(dims * sizeof(float));
  for (int64_t epoch = 0; epoch < epochs; epoch++)
    for (int64_t at = begin; at < end;) {
      if (done - told > 10000) {
        words_done += done - told;
        told = done;
        const float left = 1 - words_done / (float)(epochs * train_words + 1);
        rate = first_rate * (left > 0.0001f ? left : 0.0001f);
      }
      int64_t length = 0;
      for (; at < end && length < MAX_SENTENCE; at++) {
        const int32_t word = text[at];
        if (word < 0) {
          at++;
          break;
        }
        done++;
        if (sample > 0) {
          const double share = sample * train_words;
          const float keep = (sqrt(counts[word] / share) + 1) * share / counts[word];
          if (keep < (next_random(&random) & 0xFFFF) / 65536.0f) continue;
        }
        sentence[length++] = word;
      }
      for (int64_t place = 0; place < length; place++) {
        const int32_t word = sentence[place];
        const int64_t less = next_random(&random) % window_width;
        for (int64_t a = less; a < window_width * 2 + 1 - less; a++) {
          if (a == window_width) continue;
          const int64_t c = place - window_width + a;
          if (c < 0 || c >= length) continue;
          float* x = input + sentence[c] * dims;
          for (int64_t d = 0; d < dims; d++) ascent[d] = 0;
          for (int64_t k = 0; k < negatives + 1; k++) {
            int32_t target = word;
            float label = 1;
            if (k > 0) {
              target = noise[(next_random(&random) >> 16) % NOISE_SIZE];
              if (target == word) continue;
              label = 0;
            }
            float* y = output + target * dims;
            float product = 0;
            for (int64_t d = 0; d < dims; d++) product += x[d] * y[d];
            float g;
            if (product > MAX_EXP)
              g = (label - 1) * rate;
            else if (product < -MAX_EXP)
              g = label * rate;
            else
              g = (label - errors_of[(int)((product + MAX_EXP) * (EXP_STEPS / MAX_EXP / 2))]) * rate;
            for (int64_t d = 0; d < dims; d++) ascent[d] += g * y[d];
            for (int64_t d = 0; d < dims; d++) y[d] += g * x[d];
          }
          for (int64_t d = 0; d < dims; d++) x[d] += ascent[d];
        }
      }
    }
  free(ascent);
  return NULL;
}

static double run(void) {
  uint64_t random = 1;
  for (int64_t i = 0; i < words * dims; i++) {
    input[i] = ((next_random(&random) & 0xFFFF) / 65536.0f - 0.5f) / dims;
    output[i] = 0;
  }
  words_done = 0;
  rate = first_rate;
  const double began = now();
  pthread_t thread[MAX_THREADS];
  for (int t = 0; t < threads; t++) pthread_create(&thread[t], NULL, train, (void*)(intptr_t)t);
  for (int t = 0; t < threads; t++) pthread_join(thread[t], NULL);
  return 1000 * (now() - began);
}

static int prepare(char** arguments) {
  FILE* file = fopen(arguments[1], "rb");
  if (!file) return 1;
  fseek(file, 0, SEEK_END);
  size = ftell(file) / 4;
  rewind(file);
  text = malloc(size * 4);
  if (fread(text, 4, size, file) != (size_t)size) return 1;
  fclose(file);
  words = atoll(arguments[2]);
  dims = atoll(arguments[3]);
  window_width = atoll(arguments[4]);
  negatives = atoll(arguments[5]);
  sample = atof(arguments[6]);
  first_rate = atof(arguments[7]);
  epochs = atoll(arguments[8]);
  counts = calloc(words, sizeof(int64_t));
  for (int64_t i = 0; i < size; i++)
    if (text[i] >= 0) counts[text[i]]++, train_words++;
  noise = malloc(NOISE_SIZE * sizeof(int32_t));
  double total = 0, sum = 0;
  for (int64_t w = 0; w < words; w++) total += pow(counts[w], 0.75);
  int64_t word = 0;
  sum = pow(counts[0], 0.75) / total;
  for (int64_t i = 0; i < NOISE_SIZE; i++) {
    noise[i] = word;
    if (i / (double)NOISE_SIZE > sum && word < words - 1) sum += pow(counts[++word], 0.75) / total;
  }
  errors_of = malloc(EXP_STEPS * sizeof(float));
  for (int i = 0; i < EXP_STEPS; i++) {
    const float e = exp((i / (float)EXP_STEPS * 2 - 1) * MAX_EXP);
    errors_of[i] = e / (e + 1);
  }
  if (posix_memalign((void**)&input, 128, words * dims * sizeof(float))) return 1;
  return posix_memalign((void**)&output, 128, words * dims * sizeof(float));
}

int main(int count, char** arguments) {
  if (count != 9 || prepare(arguments)) return 1;
  char path[4096];
  while (scanf("%d %4095s", &threads, path) == 2) {
    const double ms = run();
    if (strcmp(path, "-") != 0) {
      FILE* file = fopen(path, "wb");
      if (!file || fwrite(input, sizeof(float), words * dims, file) != (size_t)(words * dims)) return 1;
      fclose(file);
    }
    printf("%.6f\n", ms);
    fflush(stdout);
  }
  return 0;
}
