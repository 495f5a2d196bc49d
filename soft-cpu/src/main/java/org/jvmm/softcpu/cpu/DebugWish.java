package org.jvmm.softcpu.cpu;

import org.jvmm.core.accel.DebugRegisters;

/** What the VMM's debugger wants of a vCPU: exits in place of the guest's exceptions. */
public final class DebugWish {
  /** One exit for each instruction. */
  public boolean singleStep;

  /** INT3 exits. */
  public boolean softwareBreakpoints;

  /** The breakpoint registers in force instead of the guest's, or null. */
  public DebugRegisters hardware;
}
