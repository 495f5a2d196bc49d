package org.jvmm.kvm;

import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.jvmm.core.accel.AccelException;
import org.jvmm.core.accel.CpuModel;
import org.jvmm.core.accel.CpuState;
import org.jvmm.core.accel.CpuState.Part;
import org.jvmm.core.accel.ExitReason;
import org.jvmm.core.accel.IrqchipMode;
import org.jvmm.core.accel.Vcpu;
import org.jvmm.core.accel.VcpuExit;
import org.jvmm.core.accel.VirtualMachine;
import org.jvmm.core.accel.VmConfig;
import org.jvmm.core.mem.MemoryMap;
import org.jvmm.core.mem.MemorySlot;
import org.jvmm.core.time.HostClock;

/**
 * A guest of a few instructions that shows how fast this KVM is: a counting loop, which costs a CPU
 * well under a nanosecond and an instruction emulator a hundred times more, and port writes.
 */
final class ProbeGuest {
  /**
   * @param nanosPerInstruction of the counting loop
   * @param nanosPerExit of a port write, there and back
   */
  record Result(double nanosPerInstruction, double nanosPerExit) {
    /**
     * Whether guest instructions run on the CPU, be it an emulated one: KVM's own emulator needs
     * 400.
     */
    boolean hardware() {
      return nanosPerInstruction < 100;
    }
  }

  private static final int LOOPS = 10_000;
  private static final int EXITS = 200;
  private static final int CODE_AT = 0;
  private static final int PAGE = 4096;

  /** Real mode: out 1, al; ecx = LOOPS; dec ecx; jnz; out 1, al; then out 2, al for ever. */
  private static final int[] CODE = {
    0xe6,
    0x01, //
    0x66,
    0xb9,
    LOOPS & 0xff,
    LOOPS >> 8 & 0xff,
    LOOPS >> 16,
    0, //
    0x66,
    0x49, //
    0x75,
    0xfc, //
    0xe6,
    0x01, //
    0xe6,
    0x02, //
    0xeb,
    0xfc
  };

  private ProbeGuest() {}

  /**
   * Runs it; takes some milliseconds.
   *
   * @throws AccelException if this KVM cannot even do that
   */
  static Result run() {
    try (HostClock clock = new HostClock();
        MemoryMap map = new MemoryMap()) {
      MemorySlot ram =
          new MemorySlot("ram", 0, PAGE, new MmapRam().allocate("probe", PAGE), 0, true);
      map.map(ram);
      for (int i = 0; i < CODE.length; i++) {
        map.memory().write8(CODE_AT + i, CODE[i]);
      }
      VmConfig config = new VmConfig(1, CpuModel.HOST, IrqchipMode.USER, map, clock, Map.of());
      try (VirtualMachine vm = new KvmAccelerator().createVm(config);
          Vcpu vcpu = vm.createVcpu(0)) {
        return measure(vcpu);
      }
    }
  }

  private static Result measure(Vcpu vcpu) {
    CpuState state = new CpuState();
    Set<Part> parts = EnumSet.of(Part.GENERAL, Part.SYSTEM);
    vcpu.save(state, parts);
    state.segments[CpuState.CS].selector = 0;
    state.segments[CpuState.CS].base = 0;
    state.rip = CODE_AT;
    vcpu.restore(state, parts);
    out(vcpu);
    long start = System.nanoTime();
    out(vcpu);
    long counted = System.nanoTime();
    for (int i = 0; i < EXITS; i++) {
      out(vcpu);
    }
    long ended = System.nanoTime();
    return new Result((counted - start) / (2.0 * LOOPS), (ended - counted) / (double) EXITS);
  }

  private static void out(Vcpu vcpu) {
    VcpuExit exit = vcpu.run();
    while (exit.reason() == ExitReason.INTERRUPTED) {
      exit = vcpu.run();
    }
    if (exit.reason() != ExitReason.IO_OUT) {
      throw new AccelException("the probe guest ended with %s".formatted(exit.detail()));
    }
  }
}
