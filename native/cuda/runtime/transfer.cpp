// Rows between host and device through two pinned buffers: one is filled or emptied while the other is on its way.
#include <algorithm>
#include <cstring>

#include "cuda/runtime/context.h"

using namespace kindred::cuda;

namespace {

constexpr int64_t kStaging = int64_t{4} << 20;

// What fits a buffer: whole rows, or a part of one.
struct Piece {
  int64_t row, rows, begin, bytes;  // bytes [begin, begin + bytes) of each row
};

// A pitch may not be that of a whole long row.
void copy_piece(void* to, int64_t to_pitch, const void* from, int64_t from_pitch, const Piece& piece,
                cudaMemcpyKind kind, cudaStream_t stream) {
  check(piece.rows == 1 ? cudaMemcpyAsync(to, from, piece.bytes, kind, stream)
                        : cudaMemcpy2DAsync(to, to_pitch, from, from_pitch, piece.bytes, piece.rows, kind, stream),
        kind == cudaMemcpyHostToDevice ? "upload" : "download");
}

template <class F>
void for_pieces(int64_t width, int64_t rows, F&& body) {
  if (width <= 0) return;
  if (width > kStaging) {
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t begin = 0; begin < width; begin += kStaging)
        body(Piece{row, 1, begin, std::min(kStaging, width - begin)});
    return;
  }
  const int64_t at_once = kStaging / width;
  for (int64_t row = 0; row < rows; row += at_once) body(Piece{row, std::min(at_once, rows - row), 0, width});
}

void copy_rows(char* to, int64_t to_pitch, const char* from, int64_t from_pitch, const Piece& piece) {
  for (int64_t r = 0; r < piece.rows; ++r) std::memcpy(to + r * to_pitch, from + r * from_pitch, piece.bytes);
}

}  // namespace

void KindredCudaContext::upload(void* to, int64_t to_pitch, const void* from, int64_t from_pitch, int64_t width,
                                int64_t rows, KindredCudaCancel cancel) {
  int turn = 0;
  for_pieces(width, rows, [&](const Piece& piece) {
    throw_if_cancelled(cancel);
    Staging& staging = ready(turn++ % 2);
    copy_rows(staging.data, piece.bytes, static_cast<const char*>(from) + piece.row * from_pitch + piece.begin,
              from_pitch, piece);
    copy_piece(static_cast<char*>(to) + piece.row * to_pitch + piece.begin, to_pitch, staging.data, piece.bytes, piece,
               cudaMemcpyHostToDevice, stream);
    check(cudaEventRecord(staging.free, stream), "upload");
  });
}

void KindredCudaContext::download(void* to, int64_t to_pitch, const void* from, int64_t from_pitch, int64_t width,
                                  int64_t rows, KindredCudaCancel cancel) {
  int turn = 0;
  Piece before{};
  const auto empty = [&](const Piece& piece, int of) {
    if (piece.rows > 0)
      copy_rows(static_cast<char*>(to) + piece.row * to_pitch + piece.begin, to_pitch, ready(of).data, piece.bytes,
                piece);
  };
  for_pieces(width, rows, [&](const Piece& piece) {
    throw_if_cancelled(cancel);
    Staging& staging = ready(turn % 2);
    copy_piece(staging.data, piece.bytes, static_cast<const char*>(from) + piece.row * from_pitch + piece.begin,
               from_pitch, piece, cudaMemcpyDeviceToHost, stream);
    check(cudaEventRecord(staging.free, stream), "download");
    empty(before, (turn + 1) % 2);
    before = piece;
    ++turn;
  });
  empty(before, (turn + 1) % 2);
}

// A buffer that the device has done with.
KindredCudaContext::Staging& KindredCudaContext::ready(int n) {
  Staging& staging = staging_[n];
  if (!staging.free) check(cudaEventCreateWithFlags(&staging.free, cudaEventDisableTiming), "event");
  if (!staging.data) {
    void* data = nullptr;
    const cudaError_t status = cudaMallocHost(&data, kStaging);
    if (status == cudaErrorMemoryAllocation) {  // of the host: no limit and no smaller shape would help
      cudaGetLastError();
      fail(KINDRED_CUDA_FAILED, "the system gives no " + std::to_string(kStaging) + " bytes of pinned host memory.");
    }
    check(status, "pinned memory");
    staging.data = static_cast<char*>(data);
  }
  check(cudaEventSynchronize(staging.free), "transfer");
  return staging;
}
