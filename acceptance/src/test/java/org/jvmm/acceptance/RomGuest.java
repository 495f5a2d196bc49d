package org.jvmm.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.jvmm.testkit.asm.Reg.AL;
import static org.jvmm.testkit.asm.Reg.AX;
import static org.jvmm.testkit.asm.Reg.DX;
import static org.jvmm.testkit.asm.Reg.EAX;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import org.jvmm.core.accel.Accelerator;
import org.jvmm.core.accel.Availability;
import org.jvmm.core.accel.IrqchipMode;
import org.jvmm.core.run.Machine;
import org.jvmm.core.run.Outcome;
import org.jvmm.kvm.MmapRam;
import org.jvmm.pc.HostEnds;
import org.jvmm.pc.IdeDrive;
import org.jvmm.pc.PcConfig;
import org.jvmm.pc.PcMachine;
import org.jvmm.pc.boot.VmlinuxCache;
import org.jvmm.pc.firmware.BootPlan;
import org.jvmm.pc.firmware.FirmwareConfig;
import org.jvmm.testkit.asm.Asm;
import org.jvmm.testkit.asm.Cond;
import org.jvmm.testkit.asm.Label;
import org.jvmm.testkit.asm.Mem;
import org.jvmm.testkit.asm.Seg;

/**
 * A firmware of 64 KiB that a test writes: 16-bit code that counts its checks, and ends with the
 * number of the one that failed. There is a pci-testdev in slot 2.
 */
final class RomGuest {
  /** Offset in the ROM of a word that is 0xAAAA. */
  static final int DATA = 0x8000;

  private static final int ROM = 0x1_0000, RESET = 0xFFF0, PASSED = 0x55;
  private static final int EXIT = 0xF4;

  final Asm code = Asm.bits(16);

  /** What is on the IDE channels. */
  List<IdeDrive> drives = List.of();

  /** Hears what the user is told. */
  BiConsumer<Machine, String> notices = (machine, notice) -> {};

  private final Label failed = code.label("failed");
  private int checks;

  void load(Seg segment, int value) {
    code.mov(AX, value).mov(segment, AX);
  }

  void config(int devfn, int register, int size, int value) {
    code.mov(EAX, 1 << 31 | devfn << 8 | register & ~3).mov(DX, 0xCF8).outDx(EAX);
    code.mov(DX, 0xCFC + (register & 3)).mov(EAX, value).outDx(size == 4 ? EAX : AL);
  }

  void expect(Mem place, int value) {
    checks++;
    code.mov(AX, place).cmp(AX, value).mov(AL, checks).jcc(Cond.NE, failed);
  }

  void expectByte(Mem place, int value) {
    checks++;
    code.mov(AL, place).cmp(AL, value).mov(AL, checks).jcc(Cond.NE, failed);
  }

  void expectPort(int port, int value) {
    checks++;
    code.mov(DX, port).inDx(AL).cmp(AL, value).mov(AL, checks).jcc(Cond.NE, failed);
  }

  /** Ends the guest: all checks have passed. */
  void pass() {
    code.mov(AL, PASSED).bind(failed).out(EXIT, AL).hlt();
  }

  /**
   * Runs it; it must pass.
   *
   * @param irqchip or null for the accelerator's best
   * @param folder for the ROM
   */
  Outcome run(String accelerator, IrqchipMode irqchip, int vcpus, Path folder)
      throws IOException, InterruptedException {
    code.padTo(DATA).dw(0xAAAA).padTo(RESET).jmpFar(0xF000, 0, 16).padTo(ROM);
    Path rom = Files.write(folder.resolve("rom"), code.assemble());
    FirmwareConfig firmware =
        new FirmwareConfig(rom, BootPlan.USUAL, false, true, new UUID(0, 0), List.of(), Map.of());
    PcConfig config =
        PcConfig.builder(16 << 20)
            .vcpus(vcpus)
            .irqchip(irqchip)
            .firmware(firmware)
            .debugExit(PcConfig.DebugExit.USUAL)
            .testDevices(new PcConfig.TestDevices(false, List.of(0L)))
            .build();
    AtomicReference<Machine> running = new AtomicReference<>();
    HostEnds ends =
        new HostEnds(
            new MmapRam(),
            List.of(),
            null,
            VmlinuxCache.NONE,
            drives,
            List.of(),
            List.of(),
            notice -> notices.accept(running.get(), notice));
    try (PcMachine pc = PcMachine.build(config, accelerator(accelerator), ends)) {
      running.set(pc.machine());
      Outcome outcome = pc.run();
      assertEquals(PASSED << 1 | 1, outcome.code(), outcome::toString);
      return outcome;
    }
  }

  /** An accelerator of this build; the test is skipped where it cannot be used. */
  static Accelerator accelerator(String name) {
    Accelerator accelerator =
        ServiceLoader.load(Accelerator.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(candidate -> candidate.name().equals(name))
            .findFirst()
            .orElse(null);
    assumeTrue(accelerator != null, () -> "no accelerator " + name + " in this build");
    Availability availability = accelerator.availability();
    assumeTrue(availability.usable(), availability::toString);
    return accelerator;
  }
}
