package org.jvmm.pc.boot;

import java.io.IOException;
import java.util.List;
import org.jvmm.core.accel.CpuState;
import org.jvmm.core.mem.GuestMemory;

/**
 * An ELF with a PVH note, entered in 32-bit protected mode with hvm_start_info in EBX (Xen
 * docs/misc/pvh.pandoc and public/arch-x86/hvm/start_info.h, version 1).
 */
final class PvhBoot implements BootProtocol {
  private static final int MAGIC = 0x336E_C578;
  private static final int VERSION = 1;
  private static final int MEMORY_MAP_ENTRY = 24;

  @Override
  public boolean recognizes(BootFile kernel) {
    return ElfImage.hasMagic(kernel.head()) && new ElfImage(kernel.head(), kernel).pvhEntry() >= 0;
  }

  @Override
  public LoadedKernel load(BootFile kernel, BootRequest request, CpuState vcpu0) {
    ElfImage elf = new ElfImage(kernel.head(), kernel);
    long entry = elf.pvhEntry();
    elf.checkFits(request.layout());
    if (!request.layout().loadable(entry, 1)) {
      throw kernel.fault("XEN_ELFNOTE_PHYS32_ENTRY=%#x: outside RAM", entry);
    }
    try {
      elf.load(kernel, request.memory());
    } catch (IOException e) {
      throw kernel.fault(e);
    }
    CommandLine.write(request, CommandLine.MAX_DEFAULT);
    long max = elf.wide() ? PcMemoryLayout.INITRD_MAX_64 : PcMemoryLayout.INITRD_MAX_32;
    Initrd initrd = Initrd.load(request, elf.end(), max, false);
    writeStartInfo(request, initrd);
    EntryState.protectedMode(vcpu0, request.memory(), entry);
    vcpu0.gpr[CpuState.RBX] = PcMemoryLayout.PVH_START_INFO;
    return new LoadedKernel(
        "ELF" + (elf.wide() ? 64 : 32) + ", PVH entry",
        entry,
        elf.end(),
        initrd.start(),
        initrd.size());
  }

  private static void writeStartInfo(BootRequest request, Initrd initrd) {
    GuestMemory memory = request.memory();
    long info = PcMemoryLayout.PVH_START_INFO;
    boolean module = initrd.size() > 0;
    List<PcMemoryLayout.Range> map = request.layout().e820();
    memory.copyIn(info, new byte[(int) PcMemoryLayout.PAGE]);
    memory.write32(info, MAGIC);
    memory.write32(info + 4, VERSION);
    memory.write32(info + 12, module ? 1 : 0);
    memory.write64(info + 16, module ? PcMemoryLayout.PVH_MODULES : 0);
    memory.write64(info + 24, PcMemoryLayout.COMMAND_LINE);
    memory.write64(info + 32, request.rsdp());
    memory.write64(info + 40, PcMemoryLayout.PVH_MEMORY_MAP);
    memory.write32(info + 48, map.size());
    if (module) {
      memory.write64(PcMemoryLayout.PVH_MODULES, initrd.start());
      memory.write64(PcMemoryLayout.PVH_MODULES + 8, initrd.size());
    }
    long entry = PcMemoryLayout.PVH_MEMORY_MAP;
    for (PcMemoryLayout.Range range : map) {
      memory.write64(entry, range.start());
      memory.write64(entry + 8, range.size());
      memory.write32(entry + 16, range.type());
      entry += MEMORY_MAP_ENTRY;
    }
  }
}
