package org.jvmm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.jvmm.core.mem.RamAllocator;
import org.jvmm.core.run.Outcome;
import org.jvmm.pc.HostEnds;
import org.jvmm.pc.PcConfig;
import org.jvmm.pc.PcMachine;
import org.jvmm.pc.boot.VmlinuxCache;
import org.jvmm.softcpu.SoftAccelerator;
import org.jvmm.testkit.asm.Asm;
import org.jvmm.testkit.asm.Mem;
import org.jvmm.testkit.asm.Reg;

/** A guest that runs wild on the CPU in Java ends with a report and a status of its own. */
@Timeout(60)
final class HostileGuestTest {
  private static final int LOAD = 0x10_0000, HEADER = 32, GARBAGE = 25;
  private static final int MULTIBOOT_MAGIC = 0x1bad_b002, HAS_ADDRESSES = 1 << 16;

  @TempDir Path directory;

  /** A Multiboot kernel of these bytes: flat protected mode, no interrupt table of its own. */
  private Path kernel(byte[] code) throws IOException {
    ByteBuffer image = ByteBuffer.allocate(HEADER + code.length).order(ByteOrder.LITTLE_ENDIAN);
    image.putInt(MULTIBOOT_MAGIC).putInt(HAS_ADDRESSES).putInt(-MULTIBOOT_MAGIC - HAS_ADDRESSES);
    image.putInt(LOAD).putInt(LOAD).putInt(0).putInt(0).putInt(LOAD + HEADER).put(code);
    Path file = directory.resolve("kernel");
    Files.write(file, image.array());
    return file;
  }

  private record Run(int status, String err) {}

  private Run run(Asm code) throws IOException {
    PrintStream err = System.err;
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
    try {
      String file = kernel(code.assemble()).toString();
      int status =
          Jvmm.execute(
              new String[] {"-accel", "soft", "-m", "16", "-serial", "none", "-kernel", file});
      return new Run(status, said.toString(StandardCharsets.UTF_8));
    } finally {
      System.setErr(err);
    }
  }

  private static Asm code() {
    return Asm.bits(32).org(LOAD + HEADER);
  }

  @Test
  void aTripleFaultEndsWithAReportAndAStatus() throws IOException {
    // lidt of zeros; ud2
    Run run = run(code().mov(Reg.EAX, LOAD).lidt(Mem.at(Reg.EAX).disp(0x800)).db(0x0f, 0x0b));
    assertEquals(ExitStatus.TRIPLE_FAULT, run.status, run.err);
    assertTrue(run.err.contains("triple fault"), run.err);
    assertTrue(run.err.contains("0f 0b"), "the bytes at RIP: " + run.err);
    assertTrue(run.err.contains("ud2"), run.err);
    assertTrue(run.err.contains("RIP="), run.err);
  }

  @ParameterizedTest
  @CsvSource({"local APIC, fee00000", "IOAPIC, fec00000", "a hole, d0000000", "the end, fffffff0"})
  void aJumpToWhereNoMemoryIsEndsSoToo(String name, String target) throws IOException {
    long address = Long.parseLong(target, 16);
    Run run = run(code().mov(Reg.EAX, address).jmp(Reg.EAX));
    assertEquals(ExitStatus.TRIPLE_FAULT, run.status, run.err);
    assertTrue(run.err.contains("RIP=00000000" + target), run.err);
  }

  @Test
  void aStackWhereNoMemoryIsEndsSoToo() throws IOException {
    Run run = run(code().mov(Reg.ESP, 0xd000_0000L).db(0x0f, 0x0b));
    assertEquals(ExitStatus.TRIPLE_FAULT, run.status, run.err);
  }

  @Test
  void garbageEndsOrRunsOnButIsNeverAFailureOfOurs() throws IOException, InterruptedException {
    long seed = Long.getLong("garbage.seed", System.nanoTime());
    for (int i = 0; i < GARBAGE; i++) {
      byte[] code = new byte[4096];
      new SplittableRandom(seed + i).nextBytes(code);
      Outcome outcome = briefly(kernel(code));
      String what = "-Dgarbage.seed=%d: %s".formatted(seed + i, outcome);
      assertNotEquals(Outcome.Kind.ACCELERATOR_FAILURE, outcome.kind(), what);
    }
  }

  /** Runs a kernel for a moment, or until it ends. */
  private static Outcome briefly(Path kernel) throws InterruptedException {
    PcConfig config = PcConfig.builder(16L << 20).boot(new PcConfig.Boot(kernel, null, "")).build();
    HostEnds ends = new HostEnds(RamAllocator.HEAP, List.of(), null, VmlinuxCache.ofUser());
    try (PcMachine pc = PcMachine.build(config, new SoftAccelerator(), ends)) {
      Thread end =
          new Thread(
              () -> {
                try {
                  Thread.sleep(100);
                } catch (InterruptedException e) {
                  return;
                }
                pc.machine().stop(Outcome.of(Outcome.Kind.QUIT));
              });
      end.start();
      Outcome outcome = pc.run();
      end.interrupt();
      end.join();
      return outcome;
    }
  }
}
