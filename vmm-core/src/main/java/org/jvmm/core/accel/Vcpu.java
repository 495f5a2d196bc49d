package org.jvmm.core.accel;

import java.util.Set;
import org.jvmm.core.irq.InterruptSource;
import org.jvmm.core.irq.VcpuPins;

/**
 * One virtual CPU. {@link #run}, {@link #save}, {@link #restore} and {@link #close} belong to one
 * thread at a time, the vCPU's own while it runs; {@link #kick} and the pins may be called by any.
 */
public interface Vcpu extends VcpuPins, AutoCloseable {
  /** APIC id. */
  int id();

  /**
   * Runs the guest until something needs the VMM.
   *
   * <p>The exit returned is a view that the next call overwrites. The guest's side of an I/O exit
   * is completed by the next call: a read's {@link VcpuExit#reply} is consumed then. An exit with
   * reason {@link ExitReason#INTERRUPTED} has nothing half done: the state may be saved.
   *
   * @throws AccelException if the host refuses to run it
   */
  VcpuExit run();

  /**
   * Makes the current {@link #run}, or else the next one, complete what is half done and return
   * {@code INTERRUPTED} soon. Kicks do not add up.
   */
  void kick();

  /**
   * What drives INTR and answers INTA where {@link VirtualMachine#irqchip()} is not {@code KERNEL}:
   * the 8259 pair ({@code SPLIT}), or the local APIC ({@code USER}; it implements {@link
   * org.jvmm.core.irq.LocalApic}). Set once, before the first run.
   */
  void connect(InterruptSource source);

  /**
   * Reads state into a reused object. The vCPU is not running, and its last exit was {@code
   * INTERRUPTED}, {@code DEBUG} or a failure, or it never ran.
   */
  void save(CpuState into, Set<CpuState.Part> parts);

  /** Puts state back, under the same conditions. */
  void restore(CpuState from, Set<CpuState.Part> parts);

  /**
   * RESET, under the same conditions: the state of a new vCPU, with nothing pending but a kick. Its
   * {@link InterruptSource} is reset by its owner.
   */
  void reset();

  /**
   * Sets what the guest's debugger and single step do: {@link ExitReason#DEBUG} exits instead of
   * guest exceptions.
   *
   * @param singleStep one exit for each instruction
   * @param softwareBreakpoints INT3 exits
   * @param hardware DR0-3 and DR7 as the VMM wants them, or null for the guest's own
   */
  void debug(boolean singleStep, boolean softwareBreakpoints, DebugRegisters hardware);

  @Override
  void close();
}
