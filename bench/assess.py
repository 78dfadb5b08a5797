#!/usr/bin/env python3
"""Measures `pgferry assess`: beside pg_dump --schema-only on very many tables, and beside clients at full speed.

  assess.py wall [REPEATS]    wall time and peak memory, next to pg_dump in each repeat
  assess.py p99 [REPEATS]     the clients' p99 with an assessment running, next to without

The servers are bench.py's (`bench.py up`); PGFERRY names the program."""
import glob
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import bench
from pg import bindir, sql

TABLES = int(os.environ.get("BENCH_ASSESS_TABLES", "20000"))
CLIENTS = os.environ.get("BENCH_ASSESS_CLIENTS", "4")
SECONDS = int(os.environ.get("BENCH_ASSESS_SECONDS", "32"))
PGFERRY = os.environ.get("PGFERRY", "pgferry")
ADMIN = bench.uri("src", "postgres")


def database(name):
    """Its URI, and whether it was made just now."""
    there = sql(ADMIN, f"select 1 from pg_database where datname = '{name}'")
    if not there:
        sql(ADMIN, f"create database {name}")
    return bench.uri("src", name), not there


def tables():
    uri, new = database("assess_tables")
    if new:
        bench.say(f"making {TABLES} tables with three indexes each")
        for first in range(0, TABLES, 500):  # in one transaction the locks would not fit
            sql(uri, f"""do $$ begin for i in {first}..{min(first + 500, TABLES) - 1} loop
                execute format('create table t%s (id bigint primary key, a int not null, b text, at timestamptz default now())', i);
                execute format('create index on t%s (a)', i);
                execute format('create index on t%s (b, at)', i);
                end loop; end $$""")
        sql(uri, "vacuum analyze pg_catalog.pg_class; vacuum analyze pg_catalog.pg_attribute; vacuum analyze pg_catalog.pg_index; "
                 "vacuum analyze pg_catalog.pg_constraint; vacuum analyze pg_catalog.pg_depend; vacuum analyze pg_catalog.pg_attrdef")
    return uri


def run(command):
    """Wall seconds, peak resident MiB."""
    begun = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 3):
        sys.exit(f"{command[0]} ended with {os.waitstatus_to_exitcode(status)}")
    return time.monotonic() - begun, usage.ru_maxrss / 1024


def assess(uri, watch):
    return [PGFERRY, "assess", "--source", uri, "--watch", watch, "--json", "--dir", "/nonexistent"]


def wall(repeats):
    uri, ratios = tables(), []
    for repeat in range(repeats):
        dump, _ = run([f"{bindir()}/pg_dump", "--schema-only", "--file", os.devnull, uri])
        ours, memory = run(assess(uri, "0s"))
        ratios.append(ours / dump)
        bench.say(f"repeat {repeat}: pg_dump --schema-only {dump:.2f} s, pgferry assess {ours:.2f} s "
                  f"({ours / dump:.2f}), peak {memory:.0f} MiB")
    bench.say(f"median of the ratio: {statistics.median(ratios):.2f} (bound: 0.50)")


def p99_of(uri):
    """Milliseconds, from the clients' own logs."""
    folder = tempfile.mkdtemp()
    try:
        subprocess.run([f"{bindir()}/pgbench", "-n", "-c", CLIENTS, "-j", "2", "-T", str(SECONDS), "--log",
                        f"--log-prefix={folder}/log", uri], check=True, capture_output=True)
        took = [int(line.split()[2]) for name in glob.glob(f"{folder}/log*") for line in open(name)]
    finally:
        shutil.rmtree(folder)
    return sorted(took)[len(took) * 99 // 100] / 1000


def p99(repeats):
    uri, new = database("assess_clients")
    if new:
        subprocess.run([f"{bindir()}/pgbench", "-i", "-q", "-s", "10", uri], check=True, capture_output=True)
    ratios = []
    p99_of(uri)  # warm
    for repeat in range(repeats):
        alone = p99_of(uri)
        watcher = subprocess.Popen(assess(uri, f"{SECONDS - 2}s"), stdout=subprocess.DEVNULL)
        beside = p99_of(uri)
        watcher.wait()
        ratios.append(beside / alone)
        bench.say(f"repeat {repeat}: p99 alone {alone:.2f} ms, beside pgferry assess {beside:.2f} ms ({beside / alone:.2f})")
    bench.say(f"median of the ratio: {statistics.median(ratios):.2f} (bound: 1.10)")


if __name__ == "__main__":
    what = {"wall": wall, "p99": p99}.get(sys.argv[1] if len(sys.argv) > 1 else "")
    if not what:
        sys.exit(__doc__)
    what(int(sys.argv[2]) if len(sys.argv) > 2 else 5)
