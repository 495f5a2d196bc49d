package org.jvmm.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.jvmm.testkit.asm.Reg.AL;
import static org.jvmm.testkit.asm.Reg.AX;
import static org.jvmm.testkit.asm.Reg.DX;
import static org.jvmm.testkit.asm.Reg.EAX;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.core.mem.RamAllocator;
import org.jvmm.core.run.Lifecycle;
import org.jvmm.core.run.Outcome;
import org.jvmm.pc.HostEnds;
import org.jvmm.pc.PcConfig;
import org.jvmm.pc.PcMachine;
import org.jvmm.pc.boot.VmlinuxCache;
import org.jvmm.pc.firmware.BootPlan;
import org.jvmm.pc.firmware.FirmwareConfig;
import org.jvmm.testkit.asm.Asm;

/** A guest whose first instructions are to power off. */
@Timeout(60)
final class PowerOffTest {
  private static final int ROM = 0x1_0000, RESET = 0xFFF0;
  private static final int PM_DEVFN = 1 << 3 | 3, PMBA = 0x40, PMREGMISC = 0x80;
  private static final int PM = 0x600, PM1_CONTROL = PM + 4, SLP_EN = 1 << 13;

  @TempDir Path dir;

  private PcMachine machine(boolean stays) throws IOException {
    Asm code = Asm.bits(16);
    code.mov(EAX, 1 << 31 | PM_DEVFN << 8 | PMBA).mov(DX, 0xCF8).outDx(EAX);
    code.mov(DX, 0xCFC).mov(EAX, PM | 1).outDx(EAX);
    code.mov(EAX, 1 << 31 | PM_DEVFN << 8 | PMREGMISC).mov(DX, 0xCF8).outDx(EAX);
    code.mov(DX, 0xCFC).mov(AL, 1).outDx(AL);
    code.mov(DX, PM1_CONTROL).mov(AX, SLP_EN).outDx(AX).hlt();
    code.padTo(RESET).jmpFar(0xF000, 0, 16).padTo(ROM);
    Path rom = Files.write(dir.resolve("rom"), code.assemble());
    FirmwareConfig firmware =
        new FirmwareConfig(rom, BootPlan.USUAL, false, true, new UUID(0, 0), List.of(), Map.of());
    PcConfig config = PcConfig.builder(16 << 20).firmware(firmware).staysAtPowerOff(stays).build();
    HostEnds ends = new HostEnds(RamAllocator.HEAP, List.of(), null, VmlinuxCache.NONE);
    return PcMachine.build(config, RomGuest.accelerator("soft"), ends);
  }

  @Test
  void aMachineThatIsToEndEnds() throws Exception {
    try (PcMachine pc = machine(false)) {
      assertEquals(Outcome.Kind.POWER_OFF, pc.run().kind());
    }
  }

  @Test
  void aMachineThatIsToStayIsPausedAndOffUntilItsReset() throws Exception {
    try (PcMachine pc = machine(true)) {
      Thread user = new Thread(() -> resetTwice(pc), "user");
      user.start();
      assertEquals(Outcome.Kind.QUIT, pc.run().kind());
      user.join();
      assertEquals(2, resets);
    }
  }

  private volatile int resets;

  private void resetTwice(PcMachine pc) {
    try {
      for (int i = 0; i < 2; i++) {
        while (pc.machine().state() != Lifecycle.PAUSED) {
          Thread.sleep(1);
        }
        assertTrue(pc.isOff());
        pc.reset();
        while (pc.isOff()) {
          Thread.sleep(1);
        }
        resets++;
        pc.machine().resume();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      pc.machine().stop(Outcome.of(Outcome.Kind.QUIT));
    }
  }
}
