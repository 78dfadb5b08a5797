#!/usr/bin/env python3
"""Measures a copy through the built-in ssh tunnel beside the same copy over the bare connection.

  tunnel.py DATABASE [REPEATS]    wall time, MB/s, and the CPU of ssh and sshd, both ways next to each other in each repeat

The servers and the data are bench.py's (`bench.py up`, `bench.py gen w1`); PGFERRY names the program. An sshd of its own
runs on 127.0.0.1 meanwhile, so both ends of the tunnel share this machine's cores with everything else."""
import contextlib
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import bench
import meter
from pg import sql

PGFERRY = os.environ.get("PGFERRY", "pgferry")
PORT = int(os.environ.get("BENCH_SSH_PORT", "55434"))
SSHD = shutil.which("sshd") or "/usr/sbin/sshd"


@contextlib.contextmanager
def far_side():
    """An sshd that takes one key: its process, and what is typed behind ssh to get there."""
    folder = tempfile.mkdtemp()
    for key in ("host", "key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{folder}/{key}"], check=True)
    with open(f"{folder}/host.pub") as f, open(f"{folder}/known", "w") as known:
        known.write(f"[127.0.0.1]:{PORT} {f.read()}")
    with open(f"{folder}/sshd_config", "w") as f:
        f.write(f"ListenAddress 127.0.0.1\nPort {PORT}\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/key.pub\n"
                "PidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nMaxStartups 100\n")
    with open(f"{folder}/config", "w") as f:
        f.write(f"Host droplet\n HostName 127.0.0.1\n Port {PORT}\n IdentityFile {folder}/key\n IdentitiesOnly yes\n"
                f" IdentityAgent none\n UserKnownHostsFile {folder}/known\n GlobalKnownHostsFile /dev/null\n")
    if os.geteuid() == 0:
        os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
    child = subprocess.Popen([SSHD, "-D", "-e", "-f", f"{folder}/sshd_config"], stderr=subprocess.DEVNULL)
    try:
        wait_for(child)
        yield child.pid, f"-F {folder}/config droplet"
    finally:
        child.terminate()
        child.wait()
        shutil.rmtree(folder)


def wait_for(child):
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", PORT)):
            return
        if child.poll() is not None:
            break
        time.sleep(0.05)
    sys.exit(f"sshd does not listen on port {PORT}")


class Ssh(threading.Thread):
    """CPU seconds of the ssh below a process; it ends before we could ask it, so the last look counts."""

    def __init__(self, root):
        super().__init__(daemon=True)
        self.root, self.cpu, self.halt = root, 0.0, threading.Event()

    def run(self):
        while not self.halt.wait(0.1):
            self.cpu = max([self.cpu, *(meter.cpu(pid) for pid in meter.tree(self.root) if name(pid) == "ssh")])


def name(pid):
    with contextlib.suppress(OSError), open(f"/proc/{pid}/comm") as f:
        return f.read().strip()
    return ""


def copy(database, sshd, ssh):
    """Wall seconds, and CPU seconds of ssh and of sshd."""
    bench.new_db("tgt", "clone")
    bench.settle()
    work = bench.work_dir("tunnel")
    command = [PGFERRY, "transfer", "--source", bench.uri("src", database), "--target", bench.uri("tgt", "clone", bench.OWNER),
               "--dir", f"{work}/run", "--jobs", str(bench.JOBS), *(["--ssh", ssh] if ssh else [])]
    watch = meter.Stopwatch(sshd=sshd)
    with open(f"{work}/log", "w") as log:
        child = subprocess.Popen(command, stdout=log, stderr=log)
    near = Ssh(child.pid)
    near.start()
    code = child.wait()
    took = watch.done()
    near.halt.set()
    near.join()
    if code:
        sys.exit(f"{' '.join(command)} ended with {code}:\n{open(f'{work}/log').read()[-2000:]}")
    shutil.rmtree(work)
    return took["wall_s"], near.cpu, took["sshd_cpu_s"]


def main(database, repeats):
    megabytes = int(sql(bench.uri("src", database), "select sum(pg_table_size(oid)) from pg_class where relkind in ('r', 'm') and oid >= 16384")) / 1e6
    bench.say(f"{database}: {megabytes:.0f} MB of tables, {bench.JOBS} jobs")
    ratios, rates = [], {"bare": [], "ssh": []}
    with far_side() as (sshd, ssh):
        for repeat in range(repeats):
            bare, *_ = copy(database, sshd, None)
            through, near, far = copy(database, sshd, ssh)
            ratios.append(through / bare)
            rates["bare"].append(megabytes / bare)
            rates["ssh"].append(megabytes / through)
            bench.say(f"repeat {repeat}: bare {bare:.1f} s, {megabytes / bare:.0f} MB/s; through ssh {through:.1f} s, "
                      f"{megabytes / through:.0f} MB/s ({through / bare:.2f}); ssh {near:.1f} s of CPU ({near / through:.0%} of a core), "
                      f"sshd {far:.1f} s ({far / through:.0%})")
    sql(bench.uri("tgt", "postgres"), "drop database if exists clone with (force)")
    middle = {way: statistics.median(rate) for way, rate in rates.items()}
    bench.say(f"medians: bare {middle['bare']:.0f} MB/s, through ssh {middle['ssh']:.0f} MB/s, ratio of the times {statistics.median(ratios):.2f}; "
              "one ssh at each end encrypts everything, so where it has a whole core it is the bound")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5)
