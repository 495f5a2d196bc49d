package org.jvmm.bench;

import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.jvmm.core.accel.Accelerator;
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
import org.jvmm.core.mem.RamAllocator;
import org.jvmm.core.time.HostClock;

/** A guest that does nothing but "out 0x10, al" for ever: one exit for two instructions. */
final class OutLoopGuest implements AutoCloseable {
  private static final int PAGE = 4096;
  private static final int[] CODE = {0xe6, 0x10, 0xeb, 0xfc};

  private final HostClock clock = new HostClock();
  private final MemoryMap map = new MemoryMap();
  private final VirtualMachine vm;
  private final Vcpu vcpu;

  OutLoopGuest(Accelerator accelerator) {
    map.map(new MemorySlot("ram", 0, PAGE, RamAllocator.HEAP.allocate("ram", PAGE), 0, true));
    for (int i = 0; i < CODE.length; i++) {
      map.memory().write8(i, CODE[i]);
    }
    vm =
        accelerator.createVm(
            new VmConfig(1, CpuModel.HOST, IrqchipMode.USER, map, clock, Map.of()));
    vcpu = vm.createVcpu(0);
    CpuState state = new CpuState();
    Set<Part> parts = EnumSet.of(Part.GENERAL, Part.SYSTEM);
    vcpu.save(state, parts);
    state.segments[CpuState.CS].selector = 0;
    state.segments[CpuState.CS].base = 0;
    state.rip = 0;
    vcpu.restore(state, parts);
  }

  /** One exit. */
  VcpuExit exit() {
    VcpuExit exit = vcpu.run();
    while (exit.reason() == ExitReason.INTERRUPTED) {
      exit = vcpu.run();
    }
    if (exit.reason() != ExitReason.IO_OUT) {
      throw new IllegalStateException(exit.detail());
    }
    return exit;
  }

  @Override
  public void close() {
    vcpu.close();
    vm.close();
    map.close();
    clock.close();
  }
}
