// What one Node environment (the main thread or a worker) owns here: the way back to its thread, and the calls under
// way. Nothing is global to the process, so that several worker threads can load the addon.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <unordered_set>

#include "kindred/runtime/child_processes.h"
#include "kindred/runtime/thread_pool.h"
#include "napi/napi.h"

namespace kindred::bindings {

// An asynchronous call. Compute runs on a carrier thread, Finish (or nothing, at teardown) on the JavaScript thread.
class Call {
 public:
  virtual ~Call() = default;
  virtual void Compute() noexcept = 0;
  virtual void Finish(Napi::Env env) = 0;

  std::shared_ptr<AbortFlag> abort = std::make_shared<AbortFlag>(false);
};

class Environment {
 public:
  static Environment& Of(Napi::Env env) { return *env.GetInstanceData<Environment>(); }

  explicit Environment(Napi::Env env);

  // Takes ownership and starts the call; must be called on the JavaScript thread.
  void Start(Call* call);

  // Those that JavaScript has started and that end with it.
  ChildProcesses children;

 private:
  static void OnResult(napi_env env, napi_value, void* context, void* data);
  static void OnCleanup(void* self);

  // Shared with the jobs, which may outlive the environment in the carriers' queue.
  struct Computing {
    std::mutex mutex;
    std::condition_variable idle;
    int calls = 0;  // on a carrier thread now
    bool closed = false;
  };

  napi_threadsafe_function results_ = nullptr;
  napi_env env_;
  std::shared_ptr<Computing> computing_ = std::make_shared<Computing>();
  std::unordered_set<Call*> pending_;  // started and not yet finished; JavaScript thread only
};

}  // namespace kindred::bindings
