#include "napi/environment.h"

#include "kindred/runtime/wait.h"

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
  try {
    pending_.insert(call);
    Compute(call);
  } catch (...) {  // no memory to begin it
    pending_.erase(call);
    if (pending_.empty()) napi_unref_threadsafe_function(env_, results_);
    delete call;
    throw;
  }
}

void Environment::Compute(Call* call) {
  run_in_background(
      [this, call, computing = computing_] {
        {
          std::lock_guard lock(computing->mutex);
          if (computing->closed) return;  // OnCleanup has been here; `this` and `call` are gone
          ++computing->calls;
        }
        call->Compute();
        // Under the lock, so that OnCleanup cannot return (and the environment vanish) before this thread is done with
        // it.
        std::lock_guard lock(computing->mutex);
        napi_call_threadsafe_function(results_, call, napi_tsfn_nonblocking);
        --computing->calls;
        computing->idle.notify_all();
      },
      call->size);
}

void Environment::OnResult(napi_env env, napi_value, void* context, void* data) {
  if (env == nullptr) return;  // tearing down: OnCleanup has deleted the call
  auto* self = static_cast<Environment*>(context);
  std::unique_ptr<Call> call(static_cast<Call*>(data));
  Napi::HandleScope scope(env);
  try {
    if (call->Finish(env)) {
      self->Compute(call.get());
      call.release();
      return;
    }
  } catch (const Napi::Error&) {
    // A worker is being terminated: its promises cannot be settled any more, and an exception that left this callback
    // would abort the process.
  } catch (...) {
    call->Reject(env, Failure::current());
  }
  self->pending_.erase(call.get());
  if (self->pending_.empty()) napi_unref_threadsafe_function(env, self->results_);
}

// The environment ends (process.exit, worker.terminate): kernels read memory that dies with it, so every call under
// way is told to stop and waited for, and those that still wait for a carrier never begin.
void Environment::OnCleanup(void* data) {
  auto* self = static_cast<Environment*>(data);
  self->children.kill_all();
  for (Call* call : self->pending_) call->abort->store(true);
  {
    std::unique_lock lock(self->computing_->mutex);
    self->computing_->closed = true;
    wait_until(self->computing_->idle, lock, [&] { return self->computing_->calls == 0; });
  }
  for (Call* call : self->pending_) delete call;
  self->pending_.clear();
  napi_release_threadsafe_function(self->results_, napi_tsfn_abort);
}

}  // namespace kindred::bindings
