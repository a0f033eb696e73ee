#include "kindred/runtime/settings.h"

#include <mutex>

namespace kindred {
namespace {

struct Configured {
  std::mutex mutex;
  bool done = false;
  Settings settings;
};

// Leaked, as the pool is: read by threads that may outlive static destructors.
Configured& configured() {
  static Configured* const instance = new Configured;
  return *instance;
}

}  // namespace

void configure(const Settings& settings) {
  Configured& state = configured();
  std::lock_guard lock(state.mutex);
  if (state.done) return;
  state.settings = settings;
  state.done = true;
}

Settings settings() {
  Configured& state = configured();
  std::lock_guard lock(state.mutex);
  return state.settings;
}

}  // namespace kindred
