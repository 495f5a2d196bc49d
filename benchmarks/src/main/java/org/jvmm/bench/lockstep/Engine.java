package org.jvmm.bench.lockstep;

import java.util.EnumSet;
import java.util.Map;
import org.jvmm.core.accel.Accelerator;
import org.jvmm.core.accel.CpuModel;
import org.jvmm.core.accel.CpuState;
import org.jvmm.core.accel.CpuState.Part;
import org.jvmm.core.accel.IrqchipMode;
import org.jvmm.core.accel.Vcpu;
import org.jvmm.core.accel.VcpuExit;
import org.jvmm.core.accel.VirtualMachine;
import org.jvmm.core.accel.VmConfig;
import org.jvmm.core.mem.GuestMemory;
import org.jvmm.core.mem.MemoryMap;
import org.jvmm.core.mem.MemorySlot;
import org.jvmm.core.mem.RamAllocator;
import org.jvmm.core.time.HostClock;

/** A guest under way on an accelerator, stopped wherever one wants. */
public abstract class Engine implements AutoCloseable {
  /** No random numbers: they would never be the same. */
  private static final CpuModel CPU = CpuModel.parse("host,-rdrand,-rdseed");

  private static final EnumSet<Part> STARTED = EnumSet.of(Part.GENERAL, Part.SYSTEM, Part.EVENTS);
  private static final EnumSet<Part> COMPARED = EnumSet.of(Part.GENERAL, Part.SYSTEM, Part.FPU);

  private final String name;
  private final HostClock clock = new HostClock();
  private final MemoryMap map = new MemoryMap();
  private final VirtualMachine vm;
  private final Vcpu vcpu;
  private final CpuState state = new CpuState();

  Engine(String name, Accelerator accelerator, FlatGuest guest) {
    this.name = name;
    map.map(
        new MemorySlot(
            "ram", 0, guest.ram(), RamAllocator.HEAP.allocate("ram", guest.ram()), 0, true));
    vm = accelerator.createVm(new VmConfig(1, CPU, IrqchipMode.USER, map, clock, Map.of()));
    vcpu = vm.createVcpu(0);
    vcpu.save(state, STARTED);
    guest.load(state, map.memory());
    vcpu.restore(state, STARTED);
  }

  public String name() {
    return name;
  }

  Vcpu vcpu() {
    return vcpu;
  }

  GuestMemory memory() {
    return map.memory();
  }

  /** Instructions completed. */
  public abstract long instructions();

  /**
   * Runs until so many instructions are complete.
   *
   * @return null then, or what the guest wants before that: it is answered before the next call
   */
  public abstract VcpuExit runTo(long instructions);

  /** The registers; a view that the next call refills. */
  public CpuState state() {
    vcpu.save(state, COMPARED);
    return state;
  }

  /** Replaces the general registers and flags. */
  public void adopt(CpuState from) {
    vcpu.restore(from, EnumSet.of(Part.GENERAL));
  }

  @Override
  public void close() {
    vcpu.close();
    vm.close();
    map.close();
    clock.close();
  }
}
