package org.jvmm.pc.boot;

import java.io.IOException;
import org.jvmm.core.accel.CpuState;

/**
 * An ELF vmlinux at its own entry with boot_params in RSI: in 64-bit mode for an ELF64, in 32-bit
 * protected mode for an ELF32. It is where a bzImage's decompressor would jump to.
 */
final class ElfBoot implements BootProtocol {
  @Override
  public boolean recognizes(BootFile kernel) {
    return ElfImage.hasMagic(kernel.head());
  }

  @Override
  public LoadedKernel load(BootFile kernel, BootRequest request, CpuState vcpu0) {
    ElfImage elf = new ElfImage(kernel.head(), kernel);
    elf.checkFits(request.layout());
    try {
      elf.load(kernel, request.memory());
    } catch (IOException e) {
      throw kernel.fault(e);
    }
    CommandLine.write(request, CommandLine.MAX_DEFAULT);
    long max = elf.wide() ? PcMemoryLayout.INITRD_MAX_64 : PcMemoryLayout.INITRD_MAX_32;
    Initrd initrd = Initrd.load(request, elf.end(), max, elf.wide());
    BootParams.write(request, BootParams.defaultHeader(), elf.entry(), initrd);
    enter(elf, request, vcpu0);
    return new LoadedKernel(
        "ELF" + (elf.wide() ? 64 : 32), elf.entry(), elf.end(), initrd.start(), initrd.size());
  }

  /** Puts the vCPU at the entry of a vmlinux whose boot_params are written. */
  static void enter(ElfImage elf, BootRequest request, CpuState vcpu0) {
    if (elf.wide()) {
      EntryState.longMode(vcpu0, request.memory(), elf.entry());
    } else {
      EntryState.protectedMode(vcpu0, request.memory(), elf.entry());
    }
    vcpu0.gpr[CpuState.RSI] = PcMemoryLayout.ZERO_PAGE;
  }
}
