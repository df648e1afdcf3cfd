"""Times an epoch of a linear support vector machine in CrypTen 0.4.1, as its example mpc_linear_svm computes one.

50 samples of 100 features: predictions, the share of right answers opened to all, the gradient of the hinge loss, a
step of descent. Two parties as processes on loopback, first party as provider, one thread each; the time is that
between two barriers, the median after one warm-up. Writes the format of compare.py:

    python crypten_svm.py --reps 3 --out FILE.json
"""
import argparse
import json
import multiprocessing
import os
import statistics
import time


def party(rank, options, queue):
    os.environ.update(RANK=str(rank), WORLD_SIZE="2", RENDEZVOUS=f"tcp://127.0.0.1:{options.port}",
                      DISTRIBUTED_BACKEND="gloo", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")
    import warnings
    warnings.filterwarnings("ignore")
    import torch
    import crypten
    import crypten.communicator as communicator
    torch.set_num_threads(1)
    crypten.cfg.mpc.provider = "TFP"
    crypten.cfg.communicator.verbose = True
    crypten.init()
    generator = torch.Generator().manual_seed(1)
    samples = torch.rand(100, 50, generator=generator) * 2 - 1
    sides = samples.sum(0, keepdim=True).sign()
    samples, sides = crypten.cryptensor(samples, src=0), crypten.cryptensor(sides, src=1)
    weights = crypten.cryptensor(torch.zeros(1, 100) + 0.01, src=0)
    bias = crypten.cryptensor(torch.zeros(1), src=0)

    def epoch():
        predicted = weights.matmul(samples).add(bias).sign()
        right = predicted.mul(sides)
        right.add(1).div(2).mean().get_plain_text()
        slope = -sides * (1 - right) * 0.5
        step = slope.matmul(samples.t()).div(slope.size(1))
        return weights - step * 0.5, bias - slope.mean() * 0.5

    epoch()
    times = []
    for _ in range(options.reps):
        crypten.reset_communication_stats()
        communicator.get().barrier()
        start = time.perf_counter()
        epoch()
        communicator.get().barrier()
        times.append(time.perf_counter() - start)
    stats = communicator.get().get_communication_stats()
    if rank == 0:
        queue.put({"svm_epoch": {"s": statistics.median(times), "sent": stats.get("bytes"), "rounds": stats.get("rounds")}})
    communicator.get().barrier()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--reps", type=int, default=3)
    parser.add_argument("--port", type=int, default=29531)
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    parties = [context.Process(target=party, args=(rank, options, queue)) for rank in range(2)]
    for process in parties:
        process.start()
    with open(options.out, "w") as file:
        json.dump(queue.get(), file, indent=1)
    for process in parties:
        process.join()
