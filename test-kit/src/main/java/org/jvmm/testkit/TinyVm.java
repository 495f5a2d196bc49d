package org.jvmm.testkit;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
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
import org.jvmm.core.mem.GuestMemory;
import org.jvmm.core.mem.MemoryMap;
import org.jvmm.core.mem.MemorySlot;
import org.jvmm.core.mem.RamAllocator;
import org.jvmm.core.time.HostClock;
import org.jvmm.testkit.asm.Asm;

/** A VM of 512 KiB of RAM at 0 for guests of a few instructions, and nothing else. */
public final class TinyVm implements AutoCloseable {
  /** Where {@link #load} puts code. */
  public static final int CODE = 0x1000;

  /** Bytes of RAM. */
  public static final int RAM = 512 << 10;

  /**
   * Where {@link #startLong} puts page tables: a PML4, a PDPT and four directories of 2 MiB pages.
   */
  public static final int PAGE_TABLES = 0x7_0000;

  /** Every part of the state. */
  public static final Set<Part> ALL = EnumSet.allOf(Part.class);

  private final HostClock clock = new HostClock();
  private final MemoryMap map = new MemoryMap();
  private final MemorySlot ram;
  private final VirtualMachine vm;
  private final List<Vcpu> vcpus = new ArrayList<>();

  /** Makes the VM and its vCPUs, which are in their power-on state. */
  public TinyVm(Accelerator accelerator, IrqchipMode irqchip, int vcpuCount) {
    this(accelerator, irqchip, vcpuCount, CpuModel.HOST);
  }

  /** Makes the VM with vCPUs of a model. */
  public TinyVm(Accelerator accelerator, IrqchipMode irqchip, int vcpuCount, CpuModel model) {
    ram = new MemorySlot("ram", 0, RAM, RamAllocator.HEAP.allocate("ram", RAM), 0, true);
    map.map(ram);
    clock.resume();
    vm = accelerator.createVm(new VmConfig(vcpuCount, model, irqchip, map, clock, Map.of()));
    for (int id = 0; id < vcpuCount; id++) {
      vcpus.add(vm.createVcpu(id));
    }
  }

  public VirtualMachine vm() {
    return vm;
  }

  public MemoryMap map() {
    return map;
  }

  public MemorySlot ram() {
    return ram;
  }

  public GuestMemory memory() {
    return map.memory();
  }

  public Vcpu vcpu() {
    return vcpus.get(0);
  }

  public Vcpu vcpu(int id) {
    return vcpus.get(id);
  }

  /**
   * Loads real-mode code at {@link #CODE} and lets vCPU 0 start there with flat segments of base 0.
   */
  public TinyVm load(Asm code) {
    memory().copyIn(CODE, code.assemble());
    startReal(vcpu(), CODE);
    return this;
  }

  /**
   * Sets a vCPU to run real-mode code at an address below 64 KiB, with its stack below the code.
   */
  public static void startReal(Vcpu vcpu, int address) {
    CpuState state = new CpuState();
    Set<Part> parts = EnumSet.of(Part.GENERAL, Part.SYSTEM, Part.EVENTS);
    vcpu.save(state, parts);
    state.segments[CpuState.CS].selector = 0;
    state.segments[CpuState.CS].base = 0;
    state.rip = address;
    state.gpr[CpuState.RSP] = address;
    state.activity = CpuState.Activity.RUNNING;
    vcpu.restore(state, parts);
  }

  /**
   * Loads 64-bit code at {@link #CODE} and lets vCPU 0 start there in long mode, ring 0, with the
   * first 4 GiB mapped one to one.
   */
  public TinyVm loadLong(Asm code) {
    memory().copyIn(CODE, code.assemble());
    mapFirst4GiB(memory());
    CpuState state = new CpuState();
    Set<Part> parts = EnumSet.of(Part.GENERAL, Part.SYSTEM);
    vcpu().save(state, parts);
    state.cr3 = PAGE_TABLES;
    state.cr4 = 1 << 5 | 1 << 9; // PAE, OSFXSR
    state.cr0 = 0x8000_0011L; // PG, ET, PE
    state.efer = 1 << 8 | 1 << 10; // LME, LMA
    for (int i = CpuState.ES; i <= CpuState.GS; i++) {
      boolean isCode = i == CpuState.CS;
      state.segments[i].set(isCode ? 8 : 16, 0, -1, isCode ? 0xa9b : 0xc93, false);
    }
    state.segments[CpuState.TR].set(24, 0, 0x67, 0x8b, false);
    state.rip = CODE;
    state.rflags = 2;
    state.gpr[CpuState.RSP] = CODE;
    vcpu().restore(state, parts);
    return this;
  }

  /** Fills {@link #PAGE_TABLES}. */
  public static void mapFirst4GiB(GuestMemory memory) {
    int present = 3; // and writable
    memory.write64(PAGE_TABLES, PAGE_TABLES + 0x1000 | present);
    for (int gib = 0; gib < 4; gib++) {
      int directory = PAGE_TABLES + 0x2000 + 0x1000 * gib;
      memory.write64(PAGE_TABLES + 0x1000 + 8 * gib, directory | present);
      for (int i = 0; i < 512; i++) {
        memory.write64(directory + 8L * i, ((long) gib << 30 | (long) i << 21) | 0x80 | present);
      }
    }
  }

  /** The next exit of vCPU 0 that is not an interrupt window. */
  public VcpuExit run() {
    return run(vcpu());
  }

  /** The next exit that is not an interrupt window. */
  public static VcpuExit run(Vcpu vcpu) {
    VcpuExit exit = vcpu.run();
    while (exit.reason() == ExitReason.INTERRUPT_WINDOW) {
      exit = vcpu.run();
    }
    return exit;
  }

  /** State of vCPU 0. */
  public CpuState state(Part... parts) {
    CpuState state = new CpuState();
    vcpu().save(state, parts.length == 0 ? ALL : Set.of(parts));
    return state;
  }

  @Override
  public void close() {
    vcpus.forEach(Vcpu::close);
    vm.close();
    map.close();
    clock.close();
  }
}
