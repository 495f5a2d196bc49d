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
 * Every user-mode instruction of the table against the host's own CPU, with random operands.
 * Properties: {@code diff.seed}, {@code diff.cases}, {@code diff.only} (a mnemonic).
 */
class HostDifferentialTest {
  /** Not user-mode state, not deterministic, or not defined to the last bit by the manuals. */
  private static final Set<String> LEFT_OUT =
      Set.of(
          ("sldt str smsw verr verw lar lsl sgdt sidt cpuid rdtsc rdtscp rdpmc xgetbv rdpid rdrand"
                  + " rdseed rdfsbase rdgsbase wrfsbase wrgsbase monitor clflush clflushopt clwb"
                  + " syscall fxsave fxrstor xsave xsavec xsaveopt xrstor ldmxcsr pushf in out ins"
                  + " outs swapgs enter fldenv frstor fnstenv fnsave f2xm1 fyl2x fyl2xp1 fptan"
                  + " fpatan fsin fcos fsincos rcpps rcpss rsqrtps rsqrtss fldcw callf retf fstpnce prefetchw")
              .split(" "));

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
      if (!op.has(Op.PRIVILEGED | Op.END | Op.I64)
          && !LEFT_OUT.contains(op.mnemonic)
          && Differ.operandsFit(op)
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
    try (Differ differ = new Differ(new SplittableRandom(seed))) {
      while (differ.compared + differ.faulted < cases) {
        for (Op op : rows) {
          differ.run(op);
        }
      }
      System.out.println(differ.report());
      assertEquals(0, differ.differences, "seed " + seed + "\n" + differ.report());
    }
  }
}
