package org.jvmm.pc.boot;

import java.util.List;
import org.jvmm.core.accel.CpuState;

/** Finds the boot protocol for a kernel file and loads it. */
public final class KernelLoader {
  /**
   * Asked in this order: a kernel with a Multiboot header or a PVH note is an ordinary ELF, too.
   */
  private static final List<BootProtocol> PROTOCOLS =
      List.of(new BzImageBoot(), new MultibootBoot(), new PvhBoot(), new ElfBoot());

  private KernelLoader() {}

  /**
   * Loads a kernel.
   *
   * @param vcpu0 a vCPU in its power-on state; its parts GENERAL and SYSTEM are set to the entry
   * @throws BootException if the file is no kernel that we know, is damaged, or does not fit
   */
  public static LoadedKernel load(BootRequest request, CpuState vcpu0) {
    try (BootFile kernel = BootFile.open("kernel", request.kernel())) {
      for (BootProtocol protocol : PROTOCOLS) {
        if (protocol.recognizes(kernel)) {
          request.memory().write16(PcMemoryLayout.BDA_EBDA_SEGMENT, (int) PcMemoryLayout.EBDA >> 4);
          request
              .memory()
              .write16(PcMemoryLayout.BDA_BASE_MEMORY_KIB, (int) PcMemoryLayout.EBDA >> 10);
          return protocol.load(kernel, request, vcpu0);
        }
      }
      throw kernel.fault("is neither a bzImage nor a Multiboot kernel nor an x86 ELF");
    }
  }
}
