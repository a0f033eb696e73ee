# What PyTorch takes for the searches of cuda_bench, by matmul and topk, and the rates to compare with: of copies, and of
# cuBLAS in bfloat16. Times are medians in milliseconds, by events.
import torch


def median_ms(call, times=9):
    call()
    ms = []
    for _ in range(times):
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        call()
        end.record()
        end.synchronize()
        ms.append(start.elapsed_time(end))
    return sorted(ms)[times // 2]


def search(queries, rows, dims, k, dtype):
    q = torch.rand(queries, dims, device='cuda').mul_(2).sub_(1).to(dtype)
    x = torch.rand(rows, dims, device='cuda').mul_(2).sub_(1).to(dtype)
    whole = median_ms(lambda: torch.topk(q @ x.T, k))
    product = median_ms(lambda: q @ x.T)
    tera = 2 * queries * rows * dims / product / 1e9
    print(f'{queries:7d} queries {rows:9d} x {dims:4d}  k {k:4d}  {str(dtype)[6:]:9s} matmul + topk {whole:9.3f} ms, '
          f'matmul {product:9.3f} ms  {tera:7.1f} TFLOP/s')


print(torch.cuda.get_device_name(), 'torch', torch.__version__)
source = torch.empty(1 << 29, device='cuda')
target = torch.empty_like(source)
copy = median_ms(lambda: target.copy_(source))
print(f'copy of 2 GiB: {2 * 4 * source.numel() / copy / 1e6:.1f} GB/s read and written')
del source, target
for dims in (128, 768):
    for k in (10, 100):
        search(1024, 1000000, dims, k, torch.bfloat16)
    search(1024, 1000000, dims, 100, torch.float32)
search(4096, 1000000, 128, 100, torch.bfloat16)
search(1, 10000000, 128, 10, torch.bfloat16)
