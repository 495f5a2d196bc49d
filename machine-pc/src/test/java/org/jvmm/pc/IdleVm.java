package org.jvmm.pc;

import java.util.Set;
import org.jvmm.core.accel.CpuState;
import org.jvmm.core.accel.DebugRegisters;
import org.jvmm.core.accel.IrqchipMode;
import org.jvmm.core.accel.Vcpu;
import org.jvmm.core.accel.VcpuExit;
import org.jvmm.core.accel.VirtualMachine;
import org.jvmm.core.irq.FerrSource;
import org.jvmm.core.irq.InterruptSource;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.core.irq.MsiTarget;
import org.jvmm.core.mem.MemorySlot;

/** A VM whose vCPUs never run, with every interrupt controller on the board. */
final class IdleVm implements VirtualMachine {
  /** A vCPU that the test plays. */
  static final class IdleVcpu implements Vcpu, FerrSource {
    private final int id;
    private InterruptSource source = InterruptSource.NONE;
    private IrqLine ferr = IrqLine.UNCONNECTED;

    IdleVcpu(int id) {
      this.id = id;
    }

    /** What drives its INTR. */
    InterruptSource source() {
      return source;
    }

    /** Its FERR#. */
    IrqLine ferr() {
      return ferr;
    }

    @Override
    public int id() {
      return id;
    }

    @Override
    public VcpuExit run() {
      throw new UnsupportedOperationException("it never runs");
    }

    @Override
    public void connect(InterruptSource newSource) {
      source = newSource;
    }

    @Override
    public void connectFerr(IrqLine line) {
      ferr = line;
    }

    @Override
    public void kick() {}

    @Override
    public void save(CpuState into, Set<CpuState.Part> parts) {}

    @Override
    public void restore(CpuState from, Set<CpuState.Part> parts) {}

    @Override
    public void reset() {}

    @Override
    public void debug(boolean singleStep, boolean softwareBreakpoints, DebugRegisters hardware) {}

    @Override
    public void interruptPending() {}

    @Override
    public void nmi() {}

    @Override
    public void init() {}

    @Override
    public void startup(int vector) {}

    @Override
    public void close() {}
  }

  @Override
  public String accelerator() {
    return "idle";
  }

  @Override
  public Vcpu createVcpu(int id) {
    return new IdleVcpu(id);
  }

  @Override
  public IrqchipMode irqchip() {
    return IrqchipMode.USER;
  }

  @Override
  public IrqLine irqLine(int gsi) {
    throw new IllegalStateException("the controllers are on the board");
  }

  @Override
  public MsiTarget msi() {
    throw new IllegalStateException("the controllers are on the board");
  }

  @Override
  public void reset() {}

  @Override
  public void logDirty(MemorySlot slot, boolean on) {}

  @Override
  public void takeDirty(MemorySlot slot, long[] bitmap) {}

  @Override
  public void close() {}
}
