// What the user's environment says. Nothing here reads it: getenv on a thread of its own races with JavaScript's
// `process.env.NAME = ...`, so whoever may read it hands it over.
#pragma once

#include <string>

namespace kindred {

struct Settings {
  std::string isa;      // KINDRED_ISA; empty: the best supported
  std::string threads;  // KINDRED_THREADS; empty: as many as the process may use
};

// To be called before the first kernel runs. The first call counts; later ones, of other worker threads, do nothing.
void configure(const Settings& settings);

Settings settings();

}  // namespace kindred
