"""acksu explore: every promise is kept within small bounds, a claim is refuted by the shortest way, mistakes are told."""

import glob
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

PROGRAM = os.environ["ACKSU_PROGRAM"]


SMALL = ("--drops", "1", "--open", "passive", "--no-aborts")
ROOT = pathlib.Path(__file__).resolve().parents[2]


def explore(*arguments):
    return subprocess.run([PROGRAM, "explore", *arguments], capture_output=True, text=True, timeout=800,
                          stdin=subprocess.DEVNULL)


class Explore(unittest.TestCase):
    def expect_kept(self, *arguments):
        result = explore(*arguments)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        last = result.stdout.splitlines()[-1]
        found = re.fullmatch(r"(\d+) states, (\d+) transitions, (\S+) executions covered in [\d.]+ s: every promise "
                             r"was kept, and from each state both sides reach CLOSED", last)
        self.assertTrue(found, last)
        return int(found[1]), int(found[2]), float("inf" if found[3] == "all" else found[3])

    def test_every_opening_and_aborts(self):
        states, transitions, executions = self.expect_kept()
        self.assertGreater(states, 10_000)
        self.assertGreater(transitions, states)
        self.assertGreater(executions, 1e6)

    def test_losses_are_no_more_states_than_what_never_arrives(self):
        one = self.expect_kept("--drops", "1", "--open", "passive", "--no-aborts")
        two = self.expect_kept("--drops", "2", "--open", "passive", "--no-aborts")
        self.assertGreater(two[2], one[2])

    def test_any_number_of_losses(self):
        self.expect_kept("--drops", "any", "--open", "passive", "--no-aborts")

    def test_a_claim_is_refuted_where_any_number_is_lost(self):
        result = explore("--drops", "any", "--open", "passive", "--no-aborts", "--never", "CLOSING", "CLOSING")
        self.assertEqual(result.returncode, 1)
        self.assertIn("BROKEN: the claim is refuted: CLOSING meets CLOSING", result.stdout)

    def test_a_claim_is_refuted(self):
        with tempfile.TemporaryDirectory() as folder:
            result = explore("--open", "passive", "--never", "CLOSING", "CLOSING", "--script", f"{folder}/crossed")
            self.assertEqual(result.returncode, 1)
            self.assertIn("BROKEN: the claim is refuted: CLOSING meets CLOSING", result.stdout)
            self.assertIn("and there is no shorter way", result.stdout)
            for side in "ab":
                script = pathlib.Path(folder, f"crossed-{side}.pkt").read_text()
                self.assertRegex(script, r"\+0 [<>] F\. 1:1\(0\) ack 1")

    def test_too_many_states_is_no_proof(self):
        result = explore("--most-states", "1000", "--drops", "1", "--timeouts", "1")
        self.assertEqual(result.returncode, 1)
        self.assertIn("not finished: no promise was broken so far", result.stdout)

    def test_mistakes(self):
        for arguments, says in ((("--drops", "many"), "a number up to 99, or any"),
                                (("--timeouts", "100"), "up to 99"),
                                (("--open", "never"), "passive"),
                                (("--never", "CLOSED", "OPEN"), "as RFC 9293 writes them"),
                                (("--shard", "2/2", "--out", "parts"), "I below N"),
                                (("--shard", "0/2"), "go together"),
                                (("--drops", "any", "--shard", "0/2", "--out", "parts"), "where --drops is a number"),
                                (("--window", "0"), "window")):
            result = explore(*arguments)
            self.assertEqual(result.returncode, 2, result)
            self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
            self.assertIn(says, result.stderr)


class Parts(unittest.TestCase):
    """Shards have together what the whole has, go on where they were, and run on engines that exist."""

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def files(self):
        return sorted(glob.glob(f"{self.folder}/*.jsonl"))

    def expect_whole(self):
        whole = explore(*SMALL).stdout.splitlines()[-1]
        result = explore("--sum", *self.files())
        self.assertEqual(result.returncode, 0, result)
        executions = re.search(r"(\S+) executions covered", whole)[1]
        self.assertIn(f"{executions} executions covered: every promise was kept\n", result.stdout)

    def run_recipe(self, *command, **environment):
        return subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=ROOT,
                              env={**os.environ, "ACKSU_PROGRAM": os.path.abspath(PROGRAM), **environment})

    def test_shards_have_all_executions(self):
        for index in range(3):
            result = explore(*SMALL, "--shard", f"{index}/3", "--out", f"{self.folder}/{index}.jsonl")
            self.assertEqual(result.returncode, 0, result)
        self.expect_whole()
        self.assertEqual(explore("--sum", *self.files()[:2]).returncode, 1)

    def test_goes_on_where_it_was(self):
        file = pathlib.Path(self.folder, "all.jsonl")
        explore(*SMALL, "--shard", "0/1", "--out", str(file))
        lines = file.read_text().splitlines(keepends=True)
        file.write_text("".join(lines[:100]) + lines[100][:20] + "\n")
        result = explore(*SMALL, "--shard", "0/1", "--out", str(file))
        self.assertIn(f"{len(lines) - 100} parts of {len(lines)} explored", result.stdout)
        self.expect_whole()
        result = explore("--shard", "0/1", "--out", str(file))
        self.assertEqual(result.returncode, 2, result)
        self.assertIn("another exploration", result.stderr)

    def test_slurm_array_and_kubernetes_job(self):
        for index in range(2):
            slurm = {"SLURM_ARRAY_TASK_ID": str(index), "SLURM_ARRAY_TASK_COUNT": "2"}
            result = self.run_recipe("deploy/explore-mpi", self.folder, *SMALL, **slurm)
            self.assertEqual(result.returncode, 0, result)
        self.expect_whole()
        job = json.loads((ROOT / "deploy/explore-job.json").read_text())
        self.assertEqual((job["apiVersion"], job["kind"]), ("batch/v1", "Job"))
        self.assertEqual(job["spec"]["completionMode"], "Indexed")
        container = job["spec"]["template"]["spec"]["containers"][0]
        environment = {each["name"]: each["value"] for each in container["env"]}
        self.assertEqual(int(environment["EXPLORE_SHARDS"]), job["spec"]["completions"])
        recipe = ROOT / container["command"][0].removeprefix("/acksu/")
        self.assertTrue(os.access(recipe, os.X_OK), recipe)
        for index in range(2):
            result = self.run_recipe("deploy/explore-mpi", f"{self.folder}/pods", *SMALL,
                                     JOB_COMPLETION_INDEX=str(index), EXPLORE_SHARDS="2")
            self.assertEqual(result.returncode, 0, result)
        self.assertEqual(len(os.listdir(f"{self.folder}/pods")), 2)

    def test_gnu_parallel(self):
        if shutil.which("parallel") is None:
            self.skipTest("there is no GNU parallel")
        result = self.run_recipe("deploy/explore-parallel", self.folder, "2", *SMALL)
        self.assertEqual(result.returncode, 0, result)
        self.expect_whole()

    def test_open_mpi(self):
        if shutil.which("mpirun") is None:
            self.skipTest("there is no Open MPI")
        allowed = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
        result = self.run_recipe("mpirun", "--oversubscribe", "-n", "2", "deploy/explore-mpi", self.folder, *SMALL,
                                 **allowed)
        self.assertEqual(result.returncode, 0, result)
        self.expect_whole()


if __name__ == "__main__":
    unittest.main()
