package org.jvmm.softcpu;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jvmm.core.accel.CpuModel;
import org.jvmm.core.accel.CpuState;
import org.jvmm.core.accel.DebugRegisters;
import org.jvmm.core.accel.ExitReason;
import org.jvmm.core.accel.IrqchipMode;
import org.jvmm.core.accel.VcpuExit;
import org.jvmm.core.accel.VmConfig;
import org.jvmm.core.irq.LocalApic;
import org.jvmm.core.mem.MemorySlot;
import org.jvmm.softcpu.exec.Guard;
import org.jvmm.softcpu.isa.Insn;

/**
 * Executes single instructions for one vCPU that runs in another accelerator: {@link #begin} with
 * its state, {@link #step} some instructions, {@link #give} the state back. It has the same memory.
 * Interrupts stay where they are: none is delivered here but those whose delivery had begun.
 *
 * <p>CPUID, the APIC and the MSRs of that accelerator are not known here; instructions that depend
 * on them are the caller's to avoid. All calls belong to the vCPU's thread, except those for the
 * dirty log.
 */
public final class Finisher implements AutoCloseable {
  /** What this CPU has of everything; the guest was told by the other accelerator. */
  private static final CpuModel ALL = new CpuModel("max", List.of(), List.of());

  private final Guard guard;
  private final SoftVm vm;
  private final SoftVcpu vcpu;

  /** {@link #guard} is asked. */
  private boolean guarded;

  /**
   * @param config of the VM that the vCPU is one of
   * @param id the vCPU's APIC id
   * @param guard what {@link #run} stops before
   */
  public Finisher(VmConfig config, int id, Guard guard) {
    this.guard = guard;
    vm =
        new SoftVm(
            new VmConfig(
                config.vcpus(), ALL, IrqchipMode.USER, config.memory(), config.clock(), Map.of()));
    vcpu = (SoftVcpu) vm.createVcpu(id);
    vcpu.interpreter().guardBy(new WhileRunning());
    vcpu.connect(new TaskPriority());
  }

  /**
   * Begins with parts of the state; memory, code and page tables may have changed since the last
   * time.
   */
  public void begin(CpuState from, Set<CpuState.Part> parts) {
    vm.distrustCode();
    vcpu.restore(from, parts);
  }

  /** Takes over more parts of the state, between instructions. */
  public void take(CpuState from, Set<CpuState.Part> parts) {
    vcpu.restore(from, parts);
  }

  /** The next instruction, or null where one raises an exception before it can be told. */
  public Insn next() {
    return vcpu.next();
  }

  /**
   * Executes the next instruction, or goes on with one whose I/O has been answered.
   *
   * @return {@link ExitReason#INTERRUPTED} when it, or a part of a repeated one, is complete; an
   *     I/O exit to be answered before the next call; or another exit, after the instruction
   */
  public VcpuExit step() {
    guarded = false;
    vcpu.interpreter().decodeSingly(true);
    vcpu.stopAt(vcpu.instructions() + 1);
    return vcpu.run();
  }

  /**
   * Executes at most so many instructions, and none that the guard does not let pass.
   *
   * @return as {@link #step}, {@link ExitReason#INTERRUPTED} also before a guarded instruction
   */
  public VcpuExit run(int instructions) {
    guarded = true;
    vcpu.interpreter().decodeSingly(false);
    vcpu.stopAt(vcpu.instructions() + instructions);
    return vcpu.run();
  }

  /** Instructions executed so far. */
  public long instructions() {
    return vcpu.instructions();
  }

  /** Puts parts of the state into {@code into}; an instruction under way has not begun then. */
  public void give(CpuState into, Set<CpuState.Part> parts) {
    vcpu.save(into, parts);
  }

  /** Like {@link org.jvmm.core.accel.Vcpu#debug}. */
  public void debug(boolean singleStep, boolean softwareBreakpoints, DebugRegisters hardware) {
    vcpu.debug(singleStep, softwareBreakpoints, hardware);
  }

  /** Like {@link org.jvmm.core.accel.VirtualMachine#logDirty}. */
  public void logDirty(MemorySlot slot, boolean on) {
    vm.logDirty(slot, on);
  }

  /** Like {@link org.jvmm.core.accel.VirtualMachine#takeDirty}. */
  public void takeDirty(MemorySlot slot, long[] bitmap) {
    vm.takeDirty(slot, bitmap);
  }

  @Override
  public void close() {
    vcpu.close();
    vm.close();
  }

  /** The caller's guard, while it is asked for. */
  private final class WhileRunning implements Guard {
    @Override
    public boolean concerns(Insn insn) {
      return guard.concerns(insn);
    }

    @Override
    public boolean passes(Insn insn) {
      return !guarded || guard.passes(insn);
    }
  }

  /** What system state says of the local APIC, and nothing of the APIC itself. */
  private static final class TaskPriority implements LocalApic {
    private int cr8;
    private long base;

    @Override
    public boolean pending() {
      return false;
    }

    @Override
    public int acknowledge() {
      return -1;
    }

    @Override
    public int readCr8() {
      return cr8;
    }

    @Override
    public void writeCr8(int value) {
      cr8 = value;
    }

    @Override
    public long apicBase() {
      return base;
    }

    @Override
    public boolean setApicBase(long value) {
      base = value;
      return true;
    }

    @Override
    public boolean readMsr(int index) {
      return false;
    }

    @Override
    public long msrValue() {
      return 0;
    }

    @Override
    public boolean writeMsr(int index, long value) {
      return false;
    }
  }
}
