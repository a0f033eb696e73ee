#include "kit/environment.h"

#include <vector>

namespace kindred::bindings {

Environment::Environment(Napi::Env env) : env_(env) {
  const napi_value name = Napi::String::New(env, "kindred");
  NAPI_THROW_IF_FAILED_VOID(env, napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr,
                                                                 this, OnResult, &results_));
  // Idle, it must not keep the process alive.
  NAPI_THROW_IF_FAILED_VOID(env, napi_unref_threadsafe_function(env, results_));
  // Hooks run last in, first out: this one before the thread-safe function's own.
  NAPI_THROW_IF_FAILED_VOID(env, napi_add_env_cleanup_hook(env, OnCleanup, this));
}

void Environment::Start(Call* call) {
  if (pending_.empty()) napi_ref_threadsafe_function(env_, results_);
  pending_.insert(call);
  {
    std::lock_guard lock(mutex_);
    computing_.insert(call);
  }
  run_in_background([this, call] {
    call->Compute();
    // Under the lock, so that OnCleanup cannot return (and the environment vanish) before this thread is done with it.
    std::lock_guard lock(mutex_);
    napi_call_threadsafe_function(results_, call, napi_tsfn_nonblocking);
    computing_.erase(call);
    idle_.notify_all();
  });
}

void Environment::OnResult(napi_env env, napi_value, void* context, void* data) {
  if (env == nullptr) return;  // tearing down: OnCleanup has deleted the call
  auto* self = static_cast<Environment*>(context);
  std::unique_ptr<Call> call(static_cast<Call*>(data));
  self->pending_.erase(call.get());
  if (self->pending_.empty()) napi_unref_threadsafe_function(env, self->results_);
  Napi::HandleScope scope(env);
  call->Finish(env);
}

// The environment ends (process.exit, worker.terminate): kernels read memory that dies with it, so every call under
// way is told to stop and waited for.
void Environment::OnCleanup(void* data) {
  auto* self = static_cast<Environment*>(data);
  for (Call* call : self->pending_) call->abort->store(true);
  {
    std::unique_lock lock(self->mutex_);
    self->idle_.wait(lock, [&] { return self->computing_.empty(); });
  }
  for (Call* call : self->pending_) delete call;
  self->pending_.clear();
  napi_release_threadsafe_function(self->results_, napi_tsfn_abort);
}

}  // namespace kindred::bindings
