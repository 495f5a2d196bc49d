package org.jvmm.core.run;

import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jvmm.core.accel.CpuState;
import org.jvmm.core.accel.DebugRegisters;
import org.jvmm.core.accel.ExitReason;
import org.jvmm.core.accel.Vcpu;
import org.jvmm.core.accel.VcpuExit;
import org.jvmm.core.irq.InterruptSource;

/**
 * A vCPU whose exits a test writes down beforehand; between them it runs "the guest" until it is
 * kicked.
 */
final class ScriptedVcpu implements Vcpu {
  /** One exit, with what was replied to it. */
  static final class Exit implements VcpuExit {
    final ExitReason reason;
    final long address;
    final int size;
    final long[] data;

    Exit(ExitReason reason, long address, int size, long... data) {
      this.reason = reason;
      this.address = address;
      this.size = size;
      this.data = data;
    }

    @Override
    public ExitReason reason() {
      return reason;
    }

    @Override
    public int port() {
      return (int) address;
    }

    @Override
    public long address() {
      return address;
    }

    @Override
    public int size() {
      return size;
    }

    @Override
    public int count() {
      return data.length;
    }

    @Override
    public long data(int i) {
      return data[i];
    }

    @Override
    public void reply(int i, long value) {
      data[i] = value;
    }

    @Override
    public int vector() {
      return (int) address;
    }

    @Override
    public long debugRip() {
      return address;
    }

    @Override
    public long debugDr6() {
      return 0;
    }

    @Override
    public int debugException() {
      return 1;
    }

    @Override
    public String detail() {
      return "scripted " + reason;
    }
  }

  private static final Exit KICKED = new Exit(ExitReason.INTERRUPTED, 0, 0);

  private final int id;
  private final BlockingQueue<Exit> exits = new LinkedBlockingQueue<>();
  volatile int entries;
  volatile boolean closed;

  /** Hears of resets. */
  private final Consumer<String> log;

  ScriptedVcpu(int id, Consumer<String> log) {
    this.id = id;
    this.log = log;
  }

  Exit script(ExitReason reason, long address, int size, long... data) {
    Exit exit = new Exit(reason, address, size, data);
    exits.add(exit);
    return exit;
  }

  @Override
  public int id() {
    return id;
  }

  @Override
  public VcpuExit run() {
    entries = entries + 1;
    try {
      Exit exit = exits.poll(30, TimeUnit.SECONDS);
      return exit == null ? KICKED : exit;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void kick() {
    exits.add(KICKED);
  }

  boolean isKicked() {
    return exits.contains(KICKED);
  }

  @Override
  public void connect(InterruptSource source) {}

  @Override
  public void save(CpuState into, Set<CpuState.Part> parts) {}

  @Override
  public void restore(CpuState from, Set<CpuState.Part> parts) {}

  @Override
  public void reset() {
    log.accept("vCPU " + id);
  }

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
  public void close() {
    closed = true;
  }
}
