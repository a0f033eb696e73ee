#!/usr/bin/env bash
# Everything about native/cuda on a machine with a GPU: CMake, nvcc 13 and a C++20 compiler are enough; PyTorch for the
# rival, compute-sanitizer for the sanitizers. Each stage ends within 8 minutes and prints a table.
#   native/scripts/check-gpu.sh build|test|sanitize|race|bench-search|bench-als|bench-pooling|bench-linear|rival|all
# KINDRED_GPU_BUILD: the build folder (build/gpu). KINDRED_GPU_ARCHITECTURE: by default the device's own, or without one
# "all", which is every one that is published.
set -euo pipefail

native=$(cd "$(dirname "$0")/.." && pwd)
build=${KINDRED_GPU_BUILD:-$native/../build/gpu}
architecture=${KINDRED_GPU_ARCHITECTURE:-$(nvidia-smi -L >/dev/null 2>&1 && echo native || echo all)}
limit=470
PATH=$PATH:/usr/local/cuda/bin
failed=0

row() { printf '%-44s %-8s %6s s\n' "$1" "$2" "$3"; }

# run NAME COMMAND...: a line of the table, the output where it fails.
run() {
  local name=$1 start=$SECONDS log status=0
  shift
  log=$(mktemp)
  timeout "$limit" "$@" >"$log" 2>&1 || status=$?
  if [ $status = 77 ] || { [ $status = 0 ] && grep -q '^skipped' "$log"; }; then
    row "$name" skipped $((SECONDS - start))
  elif [ $status = 0 ]; then
    row "$name" ok $((SECONDS - start))
  else
    row "$name" FAILED $((SECONDS - start))
    tail -n 40 "$log"
    failed=1
  fi
  rm -f "$log"
}

tests() { find "$build/test/cuda_interface" -maxdepth 1 -type f -name 'cuda_*_test.device' | sort; }

# Sanitizers slow kernels down by tens: the smaller cases, and all six tests within the time of a stage.
sanitize() {
  local tool=$1 test limit=75
  for test in $(tests); do
    run "$tool $(basename "$test")" env KINDRED_TEST_QUICK=1 compute-sanitizer --tool "$tool" --error-exitcode 9 "$test"
  done
}

stage_build() {
  local flags=(-DKINDRED_CUDA=ON -DCMAKE_BUILD_TYPE=Release)
  [ "$architecture" = all ] || flags+=("-DCMAKE_CUDA_ARCHITECTURES=$architecture")
  run configure cmake -S "$native" -B "$build" "${flags[@]}"
  run build cmake --build "$build" --parallel "$(nproc)"
}

stage_test() {
  local test
  for test in $(tests); do run "$(basename "$test")" "$test"; done
  run 'the same and the kernels, on the host' ctest --test-dir "$build" -R 'emulated|^cuda_' -LE device --output-on-failure
}

stage_sanitize() { sanitize memcheck; }
stage_race() { sanitize racecheck; }
bench() { timeout "$limit" "$build/test/cuda_interface/cuda_bench" "$1" || failed=1; }
stage_rival() { timeout "$limit" python3 "$native/cuda/bench/rival.py" || failed=1; }

stage() {
  printf '\n== %s\n' "$1"
  case $1 in
    build | test | sanitize | race | rival) "stage_$1" ;;
    bench-*) bench "${1#bench-}" ;;
    all) for each in build test sanitize race bench-search bench-als bench-pooling bench-linear rival; do stage "$each"; done ;;
    *) sed -n '2,6p' "$0"; exit 2 ;;
  esac
}

[ $# -gt 0 ] || set -- help
for name in "$@"; do stage "$name"; done
exit "$failed"
