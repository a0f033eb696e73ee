// What one Node environment (the main thread or a worker) owns here: the way back to its thread, and the calls under
// way. Nothing is global to the process, so that several worker threads can load the addon.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_set>
#include <vector>

#include "kindred/runtime/background.h"
#include "kindred/runtime/child_processes.h"
#include "kindred/runtime/failure.h"
#include "kindred/runtime/thread_pool.h"
#include "napi/napi.h"

namespace kindred::bindings {

// An asynchronous call. Compute runs on a carrier thread, Finish (or nothing, at teardown) on the JavaScript thread,
// and both once more where Finish returns true.
class Call {
 public:
  virtual ~Call() = default;
  virtual void Compute() noexcept = 0;
  virtual bool Finish(Napi::Env env) = 0;
  virtual void Reject(Napi::Env env, const Failure& failure) = 0;

  std::shared_ptr<AbortFlag> abort = std::make_shared<AbortFlag>(false);
  JobSize size = JobSize::large;
};

class Environment {
 public:
  static Environment& Of(Napi::Env env) { return *env.GetInstanceData<Environment>(); }

  explicit Environment(Napi::Env env);

  // Takes ownership and starts the call; must be called on the JavaScript thread.
  void Start(Call* call);

  // Those that JavaScript has started and that end with it.
  ChildProcesses children;

  // The very arrays whose memory the function being called has taken from its arguments: StartAsync keeps them. Reading
  // them again from the objects that had them may give others.
  std::vector<Napi::Value> arguments;

  // Where large results are copied later, off the JavaScript thread, into the arrays that were made for them; null
  // while there is no later.
  std::vector<std::function<void()>>* copies = nullptr;

 private:
  // Has a carrier thread compute a pending call, whose result comes to OnResult.
  void Compute(Call* call);
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

// One call of an exported function, of which others may be called on the way (a getter of an argument).
class ArgumentScope {
 public:
  explicit ArgumentScope(Environment& environment) : environment_(environment) { outer_.swap(environment_.arguments); }
  ~ArgumentScope() { environment_.arguments.swap(outer_); }
  ArgumentScope(const ArgumentScope&) = delete;
  ArgumentScope& operator=(const ArgumentScope&) = delete;

 private:
  Environment& environment_;
  std::vector<Napi::Value> outer_;
};

}  // namespace kindred::bindings
