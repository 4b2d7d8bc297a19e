"""Cut into parts, a gradient keeps its bits, whoever works on them; and nothing is left running."""

import _thread
import asyncio
import gc
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import dask
import numpy as np
import psutil
import pytest
from distributed import Client, LocalCluster
from hypothesis import given
from hypothesis import strategies as st
from threadpoolctl import threadpool_info, threadpool_limits

from gdcore.descent import Outcome, descend
from gdcore.landscapes import parabola
from gdcore.network import Network
from gdcore.parallel import Cluster, Threads, mean_of
from gdcore.rules import Adam, GradientDescent

#: Three parts for two workers, none of which divides the samples.
SAMPLES, PARTS, STEPS = 100, 3, 12
NETWORK = Network([5, 4, 3])
rng = np.random.default_rng(0)
X, Y = rng.normal(size=(SAMPLES, 5)), rng.integers(0, 3, SAMPLES)
START = NETWORK.initial(rng)
ZERO = np.zeros(2)


def trained(gradient):
    """The path of a run, whose bits depend on those of every gradient."""
    return descend(gradient, START, rule=Adam(0.05), max_steps=STEPS).points


@pytest.fixture(scope="module", autouse=True)
def one_thread_for_matrices() -> Iterator[None]:
    """As Dask's workers have it: with more, sums may be taken in another order."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def in_one_process():
    gradient = mean_of(NETWORK.gradient, PARTS)
    return trained(lambda theta: gradient(theta, X, Y))


# --- one process


class TestParts:
    def test_five_samples_in_two_parts_by_hand(self):
        # parts of 2 and 3 samples with the means 1.5 and 4: (2 * 1.5 + 3 * 4) / 5 = 3
        seen = []

        def gradient(theta, x):
            seen.append(x.tolist())
            return np.mean(x)

        assert mean_of(gradient, 2)(0.0, [1, 2, 3, 4, 5]) == 3
        assert seen == [[1, 2], [3, 4, 5]]

    @given(st.integers(1, 40).flatmap(lambda n: st.tuples(st.just(n), st.integers(1, n))))
    def test_every_sample_is_in_one_part_in_order_and_parts_are_even(self, sizes):
        samples, parts = sizes
        seen = []
        gradient = mean_of(lambda theta, x, y: seen.append((x, y)) or theta, parts)
        gradient(0.0, np.arange(samples), np.arange(samples) * 10)
        assert len(seen) == parts
        assert max(len(x) for x, _ in seen) - min(len(x) for x, _ in seen) <= 1
        assert np.concatenate([x for x, _ in seen]).tolist() == [*range(samples)]
        assert all((10 * x == y).all() for x, y in seen)

    @given(st.integers(1, SAMPLES))
    def test_the_mean_over_parts_is_the_gradient_over_all(self, parts):
        over_all = NETWORK.gradient(START, X, Y)
        assert np.allclose(mean_of(NETWORK.gradient, parts)(START, X, Y), over_all, 1e-12, 1e-14)

    def test_the_sum_is_taken_in_the_order_of_the_parts(self):
        # (1e16 + 1) - 1e16 is 0 in floats, but (1e16 - 1e16) + 1 is 1: with weights of 1/4 both
        # are exact, and so is the fourth part
        numbers = [4e16, 4.0, -4e16, 0.0]
        gradient = mean_of(lambda theta, x: x[0], 4)
        assert gradient(0.0, numbers) == 0
        assert gradient(0.0, [numbers[i] for i in (0, 2, 1, 3)]) == 1

    def test_float32_stays_float32_and_a_number_a_number(self):
        theta, x = START.astype(np.float32), X.astype(np.float32)
        assert mean_of(NETWORK.gradient, 3)(theta, x, Y).dtype == np.float32
        assert np.shape(mean_of(lambda w, x: w * x.mean(), 2)(2.0, [1.0, 2.0])) == ()

    def test_the_order_of_memory_does_not_matter(self):
        gradient = mean_of(NETWORK.gradient, 2)
        expected = gradient(START, X, Y).tolist()
        wide = np.repeat(X, 2, axis=1)[:, ::2]
        assert gradient(START, np.asfortranarray(X), Y).tolist() == expected
        assert gradient(START, wide, Y.tolist()).tolist() == expected

    def test_what_is_handed_in_and_out_stays_what_it_was(self):
        before = X.tolist(), START.tolist()
        answer = mean_of(lambda theta, x: theta, 1)(START, X)
        answer[:] = 0
        assert (X.tolist(), START.tolist()) == before


# --- threads


class TestThreads:
    def test_the_same_bits_as_in_one_process(self, in_one_process):
        with Threads(2) as threads:
            gradient = threads.mean_of(NETWORK.gradient, PARTS)
            path = trained(lambda theta: gradient(theta, X, Y))
        assert path.tobytes() == in_one_process.tobytes()

    def test_the_same_bits_whoever_answers_first(self):
        numbers = [4e16, 4.0, -4e16, 0.0]  # as above
        for late in numbers:

            def gradient(theta, x, late=late):
                time.sleep(0.02 * (x[0] == late))
                return x[0]

            with Threads(4) as threads:
                assert threads.mean_of(gradient)(0.0, numbers) == 0

    def test_there_are_as_many_parts_as_threads_unless_you_say(self):
        with Threads(3) as threads:
            for parts, expected in ((None, 3), (5, 5), (1, 1)):
                seen = []
                threads.mean_of(lambda t, x, seen=seen: seen.append(1) or t, parts)(0.0, range(9))
                assert len(seen) == expected

    def test_parts_are_worked_on_at_the_same_time(self):
        both = threading.Barrier(2, timeout=10)  # breaks if one of them waits for the other
        with Threads(2) as threads:
            threads.mean_of(lambda theta, x: both.wait() * theta)(0.0, [1, 2])

    @pytest.mark.parametrize("raising", [0, 1, 2])
    def test_what_a_part_raises_comes_once_the_others_are_at_rest(self, raising):
        all_begun, ended = threading.Barrier(3, timeout=60), []  # what has not begun is dropped

        def gradient(theta, x):
            all_begun.wait()
            if x[0] == raising:
                raise OSError("no such sample")
            time.sleep(0.05)
            ended.append(x[0])
            return theta

        with Threads(3) as threads:
            with pytest.raises(OSError, match="no such sample") as caught:
                descend(
                    lambda theta: threads.mean_of(gradient)(theta, range(3)),
                    ZERO,
                    rule=GradientDescent(1),
                )
            assert sorted(ended) == sorted({0, 1, 2} - {raising})
            assert caught.value.run.outcome is Outcome.INTERRUPTED
            assert threads.mean_of(lambda theta, x: theta)(1.0, range(3)) == 1

    def test_after_ctrl_c_the_path_is_kept_and_nothing_works_on(self):
        busy = []

        def gradient(theta, x):
            busy.append(1)
            if len(busy) == 2 * 5:  # in the fifth step
                _thread.interrupt_main()
            time.sleep(0.02)
            busy.append(-1)
            return theta

        with Threads(2) as threads:
            mean = threads.mean_of(gradient)
            with pytest.raises(KeyboardInterrupt) as caught:
                descend(lambda theta: mean(theta, [1, 2]), ZERO + 1, rule=GradientDescent(0.1))
            assert sum(busy) == 0
        assert 2 <= caught.value.run.steps <= 5

    def test_no_thread_is_left(self):
        before = {*threading.enumerate()}
        with Threads(2) as threads:
            threads.mean_of(lambda theta, x: theta)(0.0, [1, 2])
            assert {*threading.enumerate()} > before
        assert {*threading.enumerate()} == before
        with pytest.raises(RuntimeError, match=r"^Threads\(2\) is closed"):
            threads.mean_of(lambda theta, x: theta)(0.0, [1, 2])
        threads.close()

    def test_a_run_that_leaves_the_numbers_warns_of_nothing(self):
        with Threads(2) as threads:
            gradient = threads.mean_of(lambda theta, x: theta * 1e300 * 1e300)
            run = descend(lambda theta: gradient(theta, [1, 2]), ZERO + 1, rule=GradientDescent(1))
        assert run.outcome is Outcome.DIVERGED

    def test_the_library_s_own_threads_rest_meanwhile(self):
        def counts():
            libraries = threadpool_info()  # OpenMP too, which is not in the way
            return {each["num_threads"] for each in libraries if each["user_api"] == "blas"}

        seen = []
        with threadpool_limits(2), Threads(2) as threads:
            before = counts()
            threads.mean_of(lambda theta, x: seen.append(counts()) or theta)(0.0, [1, 2])
            assert counts() == before
        assert seen == [{1}, {1}] != [before, before]

    def test_it_works_without_threadpoolctl(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "threadpoolctl", None)
        with Threads(2) as threads:
            assert threads.mean_of(lambda theta, x: x[0])(0.0, [1, 3]) == 2


# --- workers that are processes


def running() -> set[int]:
    """The processes that this one has started, but for the one that Python keeps for itself."""
    children = psutil.Process().children(recursive=True)
    return {child.pid for child in children if "resource_tracker" not in " ".join(cmdline(child))}


def cmdline(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:  # it has ended
        return []


def listening() -> set[int]:
    """The ports on which this process, or one that it has started, waits for others."""
    found = set()
    for pid in {os.getpid(), *running()}:
        try:
            connections = psutil.Process(pid).net_connections()
        except psutil.Error:
            continue
        found |= {c.laddr.port for c in connections if c.status == psutil.CONN_LISTEN}
    return found


def soon(condition) -> bool:
    """Whether something comes true within some seconds."""
    deadline = time.monotonic() + 20
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@contextmanager
def workers(count: int) -> Iterator[tuple[Client, LocalCluster]]:
    """Processes of their own; afterwards none of them is left, nor a port."""
    before = running(), listening()
    with (
        # On a busy machine a worker that was killed may take its time to come back.
        dask.config.set({"distributed.deploy.lost-worker-timeout": "10 minutes"}),
        LocalCluster(
            n_workers=count, threads_per_worker=1, dashboard_address=":0", silence_logs=60
        ) as cluster,
        Client(cluster) as client,
    ):
        assert len(running() - before[0]) >= count
        assert listening() > before[1]
        yield client, cluster
    assert soon(lambda: (running(), listening()) == before)


@pytest.fixture(scope="module")
def shared() -> Iterator[Client]:
    with workers(2) as (client, _):
        yield client


@pytest.fixture
def client(shared) -> Iterator[Client]:
    """Two workers.  A test leaves no task behind, and no worker at work."""
    shared.wait_for_workers(2, timeout=60)
    yield shared
    gc.collect()  # an exception holds on to what its frames hold, and they to it
    assert soon(lambda: tasks(shared) == [] and not any(shared.processing().values()))


def tasks(client: Client) -> list[str]:
    return client.run_on_scheduler(lambda dask_scheduler: sorted(map(str, dask_scheduler.tasks)))


def part(i: int):
    """What a worker loads: the same shards that scatter would make."""
    bounds = [SAMPLES * k // PARTS for k in range(PARTS + 1)]
    return X[bounds[i] : bounds[i + 1]], Y[bounds[i] : bounds[i + 1]]


#: Each way to bring data to the workers: what makes a gradient out of a cluster and a gradient.
WAYS = {
    "scattered": lambda cluster, g: cluster.gradient(g, cluster.scatter(X, Y, parts=PARTS)),
    "loaded": lambda cluster, g: cluster.gradient(g, cluster.load(part, range(PARTS))),
    "sent": lambda cluster, g: lambda theta: cluster.mean_of(g, PARTS)(theta, X, Y),
}
EACH_WAY = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


class TestCluster:
    @EACH_WAY
    def test_the_same_bits_as_in_one_process(self, client, in_one_process, way):
        path = trained(way(Cluster(client), NETWORK.gradient))
        assert path.tobytes() == in_one_process.tobytes()

    def test_float32_travels_as_it_is(self, client):
        theta, x = START.astype(np.float32), X.astype(np.float32)
        there = Cluster(client).mean_of(NETWORK.gradient, 2)(theta, x, Y)
        here = mean_of(NETWORK.gradient, 2)(theta, x, Y)
        assert there.dtype == np.float32 and there.tobytes() == here.tobytes()

    def test_the_same_bits_whoever_answers_first(self, client):
        def gradient(theta, x):
            time.sleep(0.1 * (x[0] == theta))
            return x[0]

        numbers = [4e16, 4.0, -4e16, 0.0]  # as above
        cluster = Cluster(client)
        shards = cluster.scatter(numbers, parts=4)
        mean = cluster.gradient(gradient, shards)
        assert [mean(np.float64(late)) for late in numbers] == [0, 0, 0, 0]

    @EACH_WAY
    def test_a_worker_is_killed_in_the_middle_of_a_step(
        self, client, in_one_process, way, tmp_path
    ):
        killed, steps = tmp_path / "killed", []

        def gradient(theta, x, y):
            if theta[0] == fatal and not killed.exists():
                killed.touch()
                os.kill(os.getpid(), signal.SIGKILL)
            return NETWORK.gradient(theta, x, y)

        fatal = in_one_process[STEPS // 2][0]
        pids = {*client.run(os.getpid).values()}
        mean = way(Cluster(client), gradient)
        path = trained(lambda theta: steps.append(1) or mean(theta))
        assert killed.exists() and len(steps) == STEPS
        assert path.tobytes() == in_one_process.tobytes()
        client.wait_for_workers(2, timeout=60)
        assert {*client.run(os.getpid).values()} != pids

    @EACH_WAY
    def test_what_a_worker_raises_reaches_the_caller_with_the_path(self, client, way):
        def gradient(theta, x, y):
            if theta[0] < 0 and y[0] == Y[0]:
                raise LookupError("no such sample")
            return theta

        with pytest.raises(LookupError, match="no such sample") as caught:
            descend(way(Cluster(client), gradient), [1.0, 1.0], rule=GradientDescent(1.5))
        assert caught.value.run.points.tolist() == [[1, 1], [-0.5, -0.5]]

    def test_after_ctrl_c_the_path_is_kept_and_nothing_works_on(self, client):
        def gradient(theta, x):
            time.sleep(0.3 * (theta[0] < 0))
            return theta

        cluster = Cluster(client)
        mean = cluster.gradient(gradient, cluster.scatter([1, 2], parts=2))

        def step(theta):
            if theta[0] < 0:
                threading.Timer(0.1, _thread.interrupt_main).start()
            return mean(theta)

        with pytest.raises(KeyboardInterrupt) as caught:
            descend(step, [1.0], rule=GradientDescent(1.5))
        assert caught.value.run.points.tolist() == [[1], [-0.5]]

    def test_a_run_that_leaves_the_numbers_warns_of_nothing(self, client):
        gradient = Cluster(client).mean_of(lambda theta, x: theta * 1e300 * 1e300, 2)
        run = descend(lambda theta: gradient(theta, [1, 2]), ZERO + 1, rule=GradientDescent(1))
        assert run.outcome is Outcome.DIVERGED

    def test_a_long_point_is_no_reason_for_a_warning(self, client):
        theta = np.zeros(2_000_000)
        gradient = Cluster(client).mean_of(lambda theta, x: theta, 2)
        assert gradient(theta, [1, 2]).shape == theta.shape

    def test_data_and_points_arrive_where_the_processor_likes_them(self, client):
        def aligned(theta, x):
            assert theta.flags.aligned and x.flags.aligned
            return theta

        cluster = Cluster(client)
        cluster.mean_of(aligned, 2)(START, X)
        cluster.gradient(aligned, cluster.scatter(X, parts=2))(START)

    def test_shards_stay_as_long_as_they_are_held(self, client):
        cluster = Cluster(client)
        shards = cluster.scatter(X, Y, parts=2)
        assert (repr(shards), len(shards)) == ("Shards(of 50, 50 samples)", 2)
        gradient = cluster.gradient(NETWORK.gradient, shards)
        for _ in range(3):
            gradient(START)
        assert soon(lambda: len(tasks(client)) == 4)  # of the last step, too, until the next one
        del shards, gradient
        assert soon(lambda: tasks(client) == [])

    def test_forgotten_data_are_told(self, client):
        cluster = Cluster(client)
        shards = cluster.scatter(X, Y, parts=2)
        gradient = cluster.gradient(NETWORK.gradient, shards)
        client.cancel(shards._futures, force=True)
        with pytest.raises(RuntimeError, match=r"^the scheduler .* has forgotten the data"):
            gradient(START)


def test_a_run_waits_for_a_worker_that_comes_late(in_one_process):
    with workers(0) as (client, cluster):
        mean = WAYS["scattered"](Cluster(client), NETWORK.gradient)
        late = threading.Timer(0.3, cluster.scale, [1])
        late.start()
        path = trained(mean)
        late.join()
        assert path.tobytes() == in_one_process.tobytes()

        # another one joins, and takes its share
        cluster.scale(2)
        client.wait_for_workers(2, timeout=60)
        pids = Cluster(client).mean_of(lambda theta, x: pid_of(x), 2)(ZERO, [0, 1])
        assert len({*pids}) == 2
        assert trained(mean).tobytes() == in_one_process.tobytes()


def pid_of(x):
    time.sleep(0.1)
    return np.eye(2)[int(x[0])] * os.getpid()


def test_a_client_or_a_scheduler_that_is_closed_is_told():
    with workers(1) as (client, cluster):
        first, second = Client(cluster), Client(cluster)
        means = [
            way(Cluster(one), NETWORK.gradient) for one in (first, second) for way in WAYS.values()
        ]
        first.close()
        said = "client must be connected to a scheduler, got one that is closed"
        for mean in means[:3]:
            with pytest.raises(RuntimeError, match=said) as caught:
                trained(mean)
            assert caught.value.run.steps == 0
        with pytest.raises(ValueError, match=rf"^Cluster: {said}"):
            Cluster(first)
        cluster.close()
        for mean in means[3:]:
            with pytest.raises(RuntimeError, match="client must be connected to a scheduler"):
                trained(mean)
        second.close()
        client.close()


def test_what_is_wrong_is_said_in_one_sentence(client):
    cluster = Cluster(client)
    shards = cluster.scatter(X, Y, parts=2)
    g = NETWORK.gradient
    six, three = np.zeros((6, 2)), np.zeros(3)
    wrong = {
        "mean_of: parts must be at least 1, got 0": lambda: mean_of(g, 0),
        "mean_of: gradient must be callable, got 3": lambda: mean_of(3, 2),
        f"mean_of: gradient must be a gradient, got a function that has one: {parabola}": lambda: (
            mean_of(parabola, 2)
        ),
        "batch must be arrays of equal length, got lengths [6, 3]": lambda: mean_of(g, 2)(
            START, six, three
        ),
        "batch must be arrays of equal length, got lengths []": lambda: mean_of(g, 2)(START),
        "batch must hold at least a sample for each of 4 parts, got 3": lambda: mean_of(g, 4)(
            START, three
        ),
        "batch must be arrays, got (3.0,)": lambda: mean_of(g, 1)(START, 3.0),
        "gradient has shape (3,) at a point of shape (2,)": lambda: mean_of(lambda theta, x: x, 1)(
            ZERO, three
        ),
        "Threads: count must be at least 1, got 0": lambda: Threads(0),
        "Threads: count must be a whole number, got 2.5": lambda: Threads(2.5),
        "Threads.mean_of: parts must be at least 1, got -1": lambda: Threads(2).mean_of(g, -1),
        "Threads.mean_of: gradient must be callable, got None": lambda: Threads(2).mean_of(None),
        "Cluster: client must be a Client, got 'tcp://here'": lambda: Cluster("tcp://here"),
        "Cluster.mean_of: parts must be a whole number, got None": lambda: cluster.mean_of(g, None),
        "Cluster.mean_of: gradient must be callable, got 3": lambda: cluster.mean_of(3, 2),
        "batch must hold at least a sample for each of 9 parts, got 6": lambda: cluster.mean_of(
            g, 9
        )(START, six),
        "Cluster.scatter: data must be at least 1, got []": lambda: cluster.scatter(parts=2),
        "Cluster.scatter: data must hold at least a sample for each of 7 parts, got 6": lambda: (
            cluster.scatter(six, parts=7)
        ),
        "Cluster.scatter: data must be arrays of equal length, got lengths [6, 3]": lambda: (
            cluster.scatter(six, three, parts=2)
        ),
        "Cluster.scatter: parts must be at least 1, got 0": lambda: cluster.scatter(six, parts=0),
        "Cluster.load: loader must be callable, got 3": lambda: cluster.load(3, [1]),
        "Cluster.load: sources must be a sequence, got 3": lambda: cluster.load(len, 3),
        "Cluster.load: sources must be at least 1, got []": lambda: cluster.load(len, []),
        "Cluster.load: shards must have one width, got shapes [(3, 2), (3,)] from sources[0] and "
        "[(3, 3), (3,)] from sources[1]": lambda: cluster.load(
            lambda i: (np.zeros((3, i)), np.zeros(3)), [2, 3]
        ),
        "Cluster.load: shards must hold arrays of one length, at least 1, got shapes "
        "[(3, 2), (4,)] from sources[1]": lambda: cluster.load(
            lambda i: (np.zeros((3, 2)), np.zeros(i)), [3, 4]
        ),
        "Cluster.load: shards must hold arrays of one length, at least 1, got shapes "
        "[(0, 2)] from sources[0]": lambda: cluster.load(lambda i: (np.zeros((i, 2)),), [0]),
        "Cluster.load: shards must hold arrays of one length, at least 1, got shapes "
        "[()] from sources[0]": lambda: cluster.load(lambda i: [i], [0]),
        "Cluster.load: shards must hold arrays of one length, at least 1, got shapes "
        "[] from sources[0]": lambda: cluster.load(lambda i: (), [0]),
        "loader must return a tuple of arrays, got 5": lambda: cluster.load(lambda i: i, [5]),
        "Cluster.gradient: shards must be a Shards, got [1, 2]": lambda: cluster.gradient(
            g, [1, 2]
        ),
        "Cluster.gradient: gradient must be callable, got 3": lambda: cluster.gradient(3, shards),
    }
    said = {}
    for message, call in wrong.items():
        with pytest.raises((TypeError, ValueError)) as caught:
            call()
        said[message] = str(caught.value)
    assert [*said.values()] == [*said]


def test_what_a_loader_raises_reaches_the_caller(client):
    with pytest.raises(FileNotFoundError, match=r"nowhere\.npy"):
        Cluster(client).load(lambda name: (np.load(name),), ["nowhere.npy"])


def test_an_asynchronous_client_is_refused():
    with workers(0) as (_, cluster):

        async def refuse():
            async with Client(cluster.scheduler_address, asynchronous=True) as client:
                with pytest.raises(ValueError, match=r"^Cluster: client must not be asynchronous"):
                    Cluster(client)

        with ThreadPoolExecutor(1) as apart:  # in this thread a browser's loop may be running
            apart.submit(lambda: asyncio.run(refuse())).result()


def test_without_dask_it_says_what_to_install():
    run = "import sys; sys.modules['distributed'] = None; import gdcore; gdcore.parallel.Cluster(1)"
    done = subprocess.run([sys.executable, "-c", run], capture_output=True, text=True, check=False)
    assert (
        done.stderr.splitlines()[-1] == "ImportError: Cluster needs Dask: pip install distributed"
    )


# --- the cluster to look at

DEMO = [sys.executable, "-m", "gdcore.parallel"]


def left_of(folder) -> list[psutil.Process]:
    """The processes that were told to keep their files in a folder."""
    return [process for process in psutil.process_iter() if files_in(process) == str(folder)]


def files_in(process: psutil.Process) -> str | None:
    try:
        return process.environ().get("TMPDIR")
    except psutil.Error:  # it has ended, or belongs to somebody else
        return None


def silent(output: str) -> bool:
    """Whether nobody listens any more where the scheduler did."""
    (port,) = {*re.findall(r"tcp://127\.0\.0\.1:(\d+)", output)}
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", int(port))) != 0


def test_the_demonstration_trains_and_stops_all_that_it_has_started(tmp_path):
    done = subprocess.run(
        [*DEMO, "--steps", "20", "--workers", "2"],
        env=os.environ | {"TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert [line.split()[:3] for line in lines[:3]] == [
        ["$", "dask", kind] for kind in ("scheduler", "worker", "worker")
    ]
    assert "bokeh" in lines[3] or re.search(r"http://127\.0\.0\.1:\d+/status", lines[3])
    losses = [float(loss) for loss in re.findall(r"^step .* loss (\S+),", done.stdout, re.M)]
    assert len(losses) == 10 and losses[-1] < losses[0]
    assert re.fullmatch(r"20 steps with 2 workers took \S+ s\.", lines[-3])
    assert lines[-2] == "One of them alone ends at the same 13,002 numbers."
    assert lines[-1] == "All processes have ended."
    assert left_of(tmp_path) == [] and [*tmp_path.iterdir()] == [] and silent(done.stdout)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_demonstration_that_is_stopped_stops_all_too(tmp_path, number):
    command = [*DEMO, "--workers", "1", "--steps", "100000"]
    with subprocess.Popen(
        command, env=os.environ | {"TMPDIR": str(tmp_path)}, stdout=-1, stderr=-1, text=True
    ) as demo:
        try:
            shown = [next(demo.stdout) for _ in range(3)]
            assert len(left_of(tmp_path)) == 3
            time.sleep(0.2)  # it trains
            demo.send_signal(number)
            output, errors = demo.communicate(timeout=60)
        finally:
            demo.terminate()
    assert demo.returncode == 1 and "Traceback" not in errors
    assert left_of(tmp_path) == [] and silent("".join(shown) + output)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--steps", "0"], "must be at least 1"),
        (["--workers", "-1"], "must be at least 1"),
        (["--workers", "two"], "invalid int value"),
    ],
)
def test_wrong_options_are_refused(options, said):
    done = subprocess.run([*DEMO, *options], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and said in done.stderr


def test_help_names_the_options():
    done = subprocess.run([*DEMO, "--help"], capture_output=True, text=True, check=True)
    assert {"--workers", "--steps"} <= {*re.findall(r"--\w+", done.stdout)}
