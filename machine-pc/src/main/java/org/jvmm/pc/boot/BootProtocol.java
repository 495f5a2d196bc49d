package org.jvmm.pc.boot;

import org.jvmm.core.accel.CpuState;

/**
 * One way of handing a machine over to a kernel. A new one implements this and gets a line in
 * {@link KernelLoader}.
 */
public interface BootProtocol {
  /**
   * Whether the file is of this protocol's kind, judged by its magic numbers.
   *
   * @throws BootException if it is, but damaged
   */
  boolean recognizes(BootFile kernel);

  /**
   * Loads kernel, initrd and command line, and whatever tables the kernel wants.
   *
   * @param vcpu0 a vCPU in its power-on state; its parts GENERAL and SYSTEM are set to the entry
   * @return what was done, for the user
   * @throws BootException if it cannot be done; guest memory may have been written to
   */
  LoadedKernel load(BootFile kernel, BootRequest request, CpuState vcpu0);
}
