#include "device/gpu.h"

#include <algorithm>

#include "device/shared_object.h"
#include "kindred/runtime/background.h"
#include "kindred/runtime/error.h"

namespace kindred {
namespace {

[[noreturn]] void fail_device(const std::string& message) { throw Error("ERR_DEVICE", message); }

std::string text_of(const KindredCudaError& error) {
  const auto* end = std::find(std::begin(error.message), std::end(error.message), '\0');
  return {std::begin(error.message), end};
}

std::string bytes_of(int64_t bytes) { return std::to_string(bytes) + " bytes"; }

[[noreturn]] void fail_memory(const std::string& what, int64_t bytes, int64_t available) {
  throw Error("ERR_OUT_OF_MEMORY",
              what + ": " + (bytes > 0 ? bytes_of(bytes) : "more") + " of device memory are needed and " +
                  bytes_of(available) +
                  " are free (or allowed by KINDRED_CUDA_MEMORY). Give fewer rows or dimensions at a time, dispose of "
                  "what is no longer needed on the device, or use device: 'cpu'.");
}

const KindredCuda* open_table(const std::string& path) {
  const SharedObject library = SharedObject::open(path);
  if (!library) fail_device(path + " does not open (" + library.error() + "). Build it anew with npm run build:cuda.");
  const auto entry = library.symbol<const KindredCuda* (*)(uint32_t)>(KINDRED_CUDA_SYMBOL);
  if (entry == nullptr)
    fail_device(path + " is no library of kindred's CUDA kernels: it has no " KINDRED_CUDA_SYMBOL ".");
  const KindredCuda* table = entry(KINDRED_CUDA_VERSION);
  if (table == nullptr || table->version < KINDRED_CUDA_VERSION || table->size < sizeof(KindredCuda))
    fail_device(path + " is of another version of kindred" +
                (table ? " (its interface has version " + std::to_string(table->version) + ", needed is " +
                             std::to_string(KINDRED_CUDA_VERSION) + ")"
                       : "") +
                ". Build it anew with npm run build:cuda.");
  return table;
}

}  // namespace

Gpu* Gpu::open(const std::string& library, int64_t limit) {
  std::unique_ptr<Gpu> gpu(new Gpu);
  gpu->library_ = library;
  gpu->limit_ = limit;
  gpu->table_ = open_table(library);
  const KindredCuda& table = *gpu->table_;
  int32_t count = 0;
  gpu->call("looking for devices", table.device_count, &count);
  if (count < 1) fail_device("no CUDA device is visible to this process; CUDA_VISIBLE_DEVICES hides devices.");
  gpu->call("asking the device", table.device_info, 0, &gpu->device_);
  gpu->call("opening the device", table.context_create, 0, limit, &gpu->context_);
  return gpu.release();
}

void Gpu::run(const std::string& what, const std::function<int32_t(KindredCudaError*)>& call) {
  if (lost_) fail_device(lost_reason());
  reclaim();
  KindredCudaError error{};
  error.row = -1;
  int32_t status = call(&error);
  if (status == KINDRED_CUDA_OUT_OF_MEMORY && context_ && table_->context_trim(context_, nullptr) == KINDRED_CUDA_OK) {
    error = {};
    error.row = -1;
    status = call(&error);
  }
  if (status != KINDRED_CUDA_OK) fail(what, status, error);
}

void Gpu::fail_missing(const std::string& what) {
  throw Error("ERR_NOT_SUPPORTED", what + ": " + library_ +
                                       " does not have this kernel. Build it anew with npm run build:cuda, or use "
                                       "device: 'cpu'.");
}

void Gpu::fail_shapes(const std::string& what) {
  throw Error("ERR_TOO_LARGE", what + ": the device's kernels do not take such shapes; use device: 'cpu'.");
}

void Gpu::fail(const std::string& what, int32_t status, const KindredCudaError& error) {
  const std::string message = what + ": " + text_of(error);
  switch (status) {
    case KINDRED_CUDA_OUT_OF_MEMORY:
      fail_memory(what, error.bytes, error.available);
    case KINDRED_CUDA_NO_DEVICE:
    case KINDRED_CUDA_DRIVER_TOO_OLD:
      fail_device(message + " Look at what nvidia-smi says; CUDA 13 needs a driver of version 580 or newer.");
    case KINDRED_CUDA_DEVICE_UNSUPPORTED:
      fail_device(message + " The kernels need compute capability 8.0 (Ampere) or newer.");
    case KINDRED_CUDA_DEVICE_LOST: {
      {
        std::lock_guard lock(lost_mutex_);
        if (!lost_)
          lost_reason_ = "the device was lost (" + message +
                         "). This process cannot use it any more: look at what nvidia-smi and dmesg say, and restart.";
        lost_ = true;
      }
      fail_device(lost_reason());
    }
    case KINDRED_CUDA_INVALID:
      throw Error("ERR_VALUE", message);
    case KINDRED_CUDA_NOT_POSITIVE_DEFINITE:
      throw Error("ERR_NOT_POSITIVE_DEFINITE", message);
    case KINDRED_CUDA_CANCELLED:
      fail_aborted();
    default:
      fail_device(message + " (status " + std::to_string(status) + ")");
  }
}

void Gpu::require(const std::string& what, int64_t bytes) {
  KindredCudaDevice now{};
  call(what, table_->device_info, 0, &now);
  int64_t held = 0, working = 0, limit = 0;
  call(what, table_->context_memory, context_, &held, &working, &limit);
  // Working space of earlier calls is used again, or given back when another call needs it.
  const int64_t free = limit == 0 ? now.memory_free : std::min(now.memory_free, limit - held);
  if (bytes > free + working) fail_memory(what, bytes, free + working);
}

void Gpu::discard(std::function<void()> destroy) {
  bool first = false;
  {
    std::lock_guard lock(discarded_mutex_);
    first = discarded_.empty();
    discarded_.push_back(std::move(destroy));
  }
  if (first) run_in_background([this] { reclaim(); });
}

void Gpu::reclaim() {
  std::lock_guard lock(reclaiming_);
  std::vector<std::function<void()>> mine;
  {
    std::lock_guard list(discarded_mutex_);
    mine.swap(discarded_);
  }
  for (const auto& destroy : mine) destroy();
}

std::string Gpu::lost_reason() const {
  std::lock_guard lock(lost_mutex_);
  return lost_reason_;
}

void Gpu::describe(DeviceState& state) const {
  state.library = library_;
  state.name.assign(device_.name, std::find(std::begin(device_.name), std::end(device_.name), '\0'));
  state.compute_capability = 10 * device_.major + device_.minor;
  state.driver = device_.driver;
  state.memory = device_.memory_total;
  state.limit = limit_;
}

}  // namespace kindred
