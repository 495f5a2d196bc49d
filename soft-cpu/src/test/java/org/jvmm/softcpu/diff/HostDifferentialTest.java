package org.jvmm.softcpu.diff;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.jvmm.core.accel.CpuModel;
import org.jvmm.softcpu.cpu.CpuidTable;
import org.jvmm.softcpu.exec.Features;
import org.jvmm.softcpu.isa.Op;
import org.jvmm.softcpu.isa.OpTable;

/**
 * Every user-mode instruction of the table, but for those of {@link NotCompared}, against the
 * host's own CPU, with random operands: 64-bit code, and 32-bit code with and without segment
 * checks. Properties: {@code diff.seed}, {@code diff.cases}, {@code diff.only} (a mnemonic).
 */
class HostDifferentialTest {
  /** How often a row is tried that chance has given no case. */
  private static final int PATIENCE = 100;

  @Test
  void instructionsDoWhatTheHostsProcessorDoes() throws IOException {
    run(Long.getLong("diff.cases", 10_000_000));
  }

  @Test
  @Tag("soak")
  void instructionsDoWhatTheHostsProcessorDoesForLong() throws IOException {
    run(Long.getLong("diff.cases", 100_000_000));
  }

  private static Set<String> hostFeatures() throws IOException {
    Path cpuinfo = Path.of("/proc/cpuinfo");
    Assumptions.assumeTrue(
        Files.isReadable(cpuinfo) && System.getProperty("os.arch").equals("amd64"),
        "the host is no x86-64 Linux");
    for (String line : Files.readAllLines(cpuinfo)) {
      if (line.startsWith("flags")) {
        return new HashSet<>(List.of(line.substring(line.indexOf(':') + 1).trim().split(" ")));
      }
    }
    return Set.of();
  }

  private static List<Op> rows(Set<String> features) {
    CpuidTable claimed = new CpuidTable(CpuModel.HOST, 1, Features::implemented);
    String only = System.getProperty("diff.only", "");
    List<Op> rows = new ArrayList<>();
    for (Op op : OpTable.rows()) {
      if (NotCompared.of(op).isEmpty()
          && (op.feature.isEmpty() || features.contains(op.feature) && claimed.has(op.feature))
          && (only.isEmpty() || only.equals(op.mnemonic))) {
        rows.add(op);
      }
    }
    return rows;
  }

  private static void run(long cases) throws IOException {
    List<Op> rows = rows(hostFeatures());
    long seed = Long.getLong("diff.seed", System.nanoTime());
    System.out.printf("seed %d, %d rows%n", seed, rows.size());
    SplittableRandom random = new SplittableRandom(seed);
    List<Differ> differs = new ArrayList<>(List.of(new Differ(random, 64, true)));
    if (HostCode.has32Bits()) {
      differs.add(new Differ(random, 32, true));
      differs.add(new Differ(random, 32, false));
    } else {
      System.out.println("the host does not run 32-bit code in 64-bit processes");
    }
    try {
      while (differs.stream().mapToLong(each -> each.compared + each.faulted).sum() < cases) {
        differs.forEach(differ -> rows.forEach(differ::run));
      }
      verify(differs, rows, seed);
    } finally {
      differs.forEach(Differ::close);
    }
  }

  private static void verify(List<Differ> differs, List<Op> rows, long seed) {
    Set<Op> unseen = new HashSet<>(rows);
    if (differs.size() == 1) {
      unseen.removeIf(op -> op.has(Op.I64));
    }
    differs.forEach(differ -> unseen.removeAll(differ.seen));
    for (int i = 0; i < PATIENCE && !unseen.isEmpty(); i++) {
      differs.forEach(differ -> unseen.forEach(differ::run));
      differs.forEach(differ -> unseen.removeAll(differ.seen));
    }
    for (Differ differ : differs) {
      System.out.println(differ.report());
      assertEquals(0, differ.differences, "seed " + seed + "\n" + differ.report());
    }
    assertEquals(Set.of(), unseen, "rows without a case");
  }
}
