// What one machine can do at most: multiply-adds in registers (f32, bf16, int8 where the processor has them) and reads of
// memory. Lines in: kind threads milliseconds. Lines out: the rate in 1e9 operations or bytes a second, 0 for a kind that
// this processor lacks. Compiled by roof.mjs with -O3 -march=native.
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef __AVX512F__
#include <immintrin.h>
#define VECTOR_BYTES 64
#elif defined(__AVX__)
#define VECTOR_BYTES 32
#else
#define VECTOR_BYTES 16
#endif

// 12 sums hide the latency of two multiply-adds a cycle and fit into 16 registers beside their factors.
enum { SUMS = 12, STEPS = 4096, MAX_THREADS = 256 };
#define READ_CHUNK ((size_t)1 << 20)
#define READ_BYTES ((size_t)1 << 28)

typedef float floats __attribute__((vector_size(VECTOR_BYTES)));
typedef uint64_t words __attribute__((vector_size(VECTOR_BYTES)));

static volatile float float_sink;
static volatile uint64_t word_sink;
static const char* memory;

typedef struct {
  const char* kind;
  double seconds, rate;
  size_t begin, end;
} job;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

static double multiply_add_f32(void) {
  floats sums[SUMS], x, y;
  for (int lane = 0; lane < (int)(VECTOR_BYTES / sizeof(float)); lane++) x[lane] = 0.5f + float_sink, y[lane] = 1.0f;
  for (int j = 0; j < SUMS; j++) sums[j] = x * (float)j;
  for (int i = 0; i < STEPS; i++)
    for (int j = 0; j < SUMS; j++) sums[j] = sums[j] * x + y;
  for (int j = 1; j < SUMS; j++) sums[0] += sums[j];
  float_sink = sums[0][0] * 0;
  return 2.0 * SUMS * STEPS * (VECTOR_BYTES / sizeof(float));
}

static double multiply_add_bf16(void) {
#ifdef __AVX512BF16__
  __m512 sums[SUMS];
  const __m512bh x = (__m512bh)_mm512_set1_epi16(0x3f00 + (int)float_sink);
  for (int j = 0; j < SUMS; j++) sums[j] = _mm512_set1_ps((float)j);
  for (int i = 0; i < STEPS; i++)
    for (int j = 0; j < SUMS; j++) sums[j] = _mm512_dpbf16_ps(sums[j], x, x);
  for (int j = 1; j < SUMS; j++) sums[0] = _mm512_add_ps(sums[0], sums[j]);
  float_sink = _mm512_cvtss_f32(sums[0]) * 0;
  return 2.0 * SUMS * STEPS * 32;
#else
  return 0;
#endif
}

static double multiply_add_int8(void) {
#ifdef __AVX512VNNI__
  __m512i sums[SUMS];
  const __m512i x = _mm512_set1_epi8(1 + (int)float_sink);
  for (int j = 0; j < SUMS; j++) sums[j] = _mm512_set1_epi32(j);
  for (int i = 0; i < STEPS; i++)
    for (int j = 0; j < SUMS; j++) sums[j] = _mm512_dpbusd_epi32(sums[j], x, x);
  for (int j = 1; j < SUMS; j++) sums[0] = _mm512_add_epi32(sums[0], sums[j]);
  word_sink = (uint64_t)_mm_cvtsi128_si32(_mm512_castsi512_si128(sums[0]));
  return 2.0 * SUMS * STEPS * 64;
#else
  return 0;
#endif
}

static double read_chunk(const char* from) {
  const words* at = (const words*)from;
  words sums[8] = {{0}};
  for (size_t i = 0; i < READ_CHUNK / sizeof(words); i += 8)
    for (int j = 0; j < 8; j++) sums[j] += at[i + j];
  for (int j = 1; j < 8; j++) sums[0] += sums[j];
  word_sink = sums[0][0];
  return READ_CHUNK;
}

static void* work(void* argument) {
  job* own = argument;
  const double start = now();
  double done = 0, elapsed = 0;
  size_t place = own->begin;
  while (elapsed < own->seconds) {
    double part = 0;
    if (!strcmp(own->kind, "f32")) part = multiply_add_f32();
    if (!strcmp(own->kind, "bf16")) part = multiply_add_bf16();
    if (!strcmp(own->kind, "int8")) part = multiply_add_int8();
    if (!strcmp(own->kind, "read")) {
      part = read_chunk(memory + place);
      place = place + READ_CHUNK < own->end ? place + READ_CHUNK : own->begin;
    }
    if (part == 0) break;
    done += part;
    elapsed = now() - start;
  }
  own->rate = elapsed > 0 ? done / elapsed : 0;
  return NULL;
}

// As many times the slowest thread's rate as there are threads: a call waits for its slowest.
static double run(const char* kind, int threads, double seconds) {
  static job jobs[MAX_THREADS];
  static pthread_t ids[MAX_THREADS];
  const size_t share = READ_BYTES / READ_CHUNK / threads * READ_CHUNK;
  for (int t = 0; t < threads; t++) {
    jobs[t] = (job){kind, seconds, 0, t * share, (t + 1) * share};
    if (t > 0) pthread_create(&ids[t], NULL, work, &jobs[t]);
  }
  work(&jobs[0]);
  double slowest = jobs[0].rate;
  for (int t = 1; t < threads; t++) {
    pthread_join(ids[t], NULL);
    if (jobs[t].rate < slowest) slowest = jobs[t].rate;
  }
  return threads * slowest;
}

int main(void) {
  char kind[16];
  int threads;
  double milliseconds;
  while (scanf("%15s %d %lf", kind, &threads, &milliseconds) == 3) {
    if (threads < 1 || threads > MAX_THREADS) return 1;
    char* bytes = NULL;
    if (!strcmp(kind, "read")) {
      bytes = aligned_alloc(4096, READ_BYTES);
      if (!bytes) return 1;
      memset(bytes, 1, READ_BYTES);
      memory = bytes;
    }
    printf("%.6g\n", 1e-9 * run(kind, threads, 1e-3 * milliseconds));
    fflush(stdout);
    free(bytes);
  }
  return 0;
}
