package org.jvmm.pc.boot;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jvmm.core.accel.CpuState;
import org.jvmm.core.mem.GuestMemory;

/**
 * A Multiboot kernel (Multiboot Specification 0.6.96), entered in 32-bit protected mode with its
 * information structure in EBX. A wish for a video mode stays unfulfilled, as on QEMU: the
 * information says so.
 */
final class MultibootBoot implements BootProtocol {
  private static final int LOADER_MAGIC = 0x2BAD_B002;
  private static final String LOADER_NAME = "jvmm";

  /** Flags of the information structure: which of its fields are valid. */
  private static final int MEMORY = 1, CMDLINE = 1 << 2, MODULES = 1 << 3, MMAP = 1 << 6;

  private static final int LOADER = 1 << 9;

  /** Offsets in the information structure. */
  private static final int MEM_LOWER = 4, MEM_UPPER = 8, CMDLINE_AT = 16, MODS_COUNT = 20;

  private static final int MODS_AT = 24, MMAP_LENGTH = 44, MMAP_AT = 48, LOADER_AT = 64;
  private static final int INFO_SIZE = 120, MODULE_SIZE = 16, MMAP_ENTRY = 24;

  @Override
  public boolean recognizes(BootFile kernel) {
    return MultibootHeader.find(kernel.head()) != null;
  }

  @Override
  public LoadedKernel load(BootFile kernel, BootRequest request, CpuState vcpu0) {
    MultibootHeader header = MultibootHeader.find(kernel.head());
    if (header.unknownRequirements() != 0) {
      throw kernel.fault(
          "Multiboot flags=%#x: requirements %#x are not known",
          header.flags(), header.unknownRequirements());
    }
    Placed placed = header.hasAddresses() ? raw(kernel, header, request) : elf(kernel, request);
    List<MultibootModules.Module> modules = MultibootModules.load(request, placed.end);
    new Info(request, kernel).write(request.layout(), modules);
    EntryState.protectedMode(vcpu0, request.memory(), placed.entry);
    vcpu0.gpr[CpuState.RAX] = LOADER_MAGIC;
    vcpu0.gpr[CpuState.RBX] = PcMemoryLayout.MULTIBOOT_INFO;
    long start = modules.isEmpty() ? 0 : modules.get(0).start();
    long size = modules.stream().mapToLong(each -> each.end() - each.start()).sum();
    String method =
        "Multiboot, %s%s"
            .formatted(placed.format, header.wantsVideo() ? ", without its video mode" : "");
    return new LoadedKernel(method, placed.entry, placed.end, start, size);
  }

  /** Where the kernel has gone. */
  private record Placed(String format, long entry, long end) {}

  private static Placed elf(BootFile kernel, BootRequest request) {
    ElfImage elf = new ElfImage(kernel.head(), kernel);
    if (elf.wide()) {
      throw kernel.fault("a Multiboot kernel must be an ELF32, or give its addresses");
    }
    elf.checkFits(request.layout());
    try {
      elf.load(kernel, request.memory());
    } catch (IOException e) {
      throw kernel.fault(e);
    }
    return new Placed("ELF32", elf.entry(), elf.end());
  }

  /** A file of any format: the header's address fields say what goes where (section 3.1.3). */
  private static Placed raw(BootFile kernel, MultibootHeader header, BootRequest request) {
    long load = header.loadAddress();
    long offset = header.at() - (header.headerAddress() - load);
    long fileSize = header.loadEnd() == 0 ? kernel.size() - offset : header.loadEnd() - load;
    if (offset < 0 || fileSize <= 0 || fileSize > kernel.size() - offset) {
      throw kernel.fault(
          "Multiboot header_addr=%#x load_addr=%#x load_end_addr=%#x: not in the file's %#x bytes",
          header.headerAddress(), load, header.loadEnd(), kernel.size());
    }
    long end = Math.max(load + fileSize, header.bssEnd());
    if (!request.layout().loadable(load, end - load)) {
      throw kernel.fault(
          "Multiboot load_addr=%#x bss_end_addr=%#x: outside RAM (%#x to %#x)",
          load, end, PcMemoryLayout.EXTENDED_MEMORY, request.layout().lowRamEnd());
    }
    if (header.entry() < load || header.entry() >= end) {
      throw kernel.fault("Multiboot entry_addr=%#x: not in the kernel", header.entry());
    }
    try {
      kernel.seek(offset);
      kernel.copyTo(request.memory(), load, fileSize);
      ElfImage.zero(request.memory(), load + fileSize, end);
    } catch (IOException e) {
      throw kernel.fault(e);
    }
    return new Placed("addresses from its header", header.entry(), end);
  }

  /** Writes the information structure and, after it, what it points to. */
  private static final class Info {
    private static final long AT = PcMemoryLayout.MULTIBOOT_INFO;

    private final GuestMemory memory;
    private final String commandLine;
    private final BootFile kernel;
    private long next = AT + INFO_SIZE;

    Info(BootRequest request, BootFile kernel) {
      this.memory = request.memory();
      this.commandLine = (request.kernel() + " " + request.commandLine()).strip();
      this.kernel = kernel;
    }

    void write(PcMemoryLayout layout, List<MultibootModules.Module> modules) {
      memory.copyIn(AT, new byte[INFO_SIZE]);
      memory.write32(AT, MEMORY | CMDLINE | MODULES | MMAP | LOADER);
      memory.write32(AT + MEM_LOWER, (int) (PcMemoryLayout.EBDA >> 10));
      long upper = layout.lowRamEnd() - PcMemoryLayout.EXTENDED_MEMORY;
      memory.write32(AT + MEM_UPPER, (int) (upper >> 10));
      memory.write32(AT + CMDLINE_AT, (int) text(commandLine));
      memory.write32(AT + LOADER_AT, (int) text(LOADER_NAME));
      writeMap(layout.e820());
      writeModules(modules);
    }

    private void writeMap(List<PcMemoryLayout.Range> map) {
      memory.write32(AT + MMAP_LENGTH, map.size() * MMAP_ENTRY);
      long entry = reserve(map.size() * MMAP_ENTRY);
      memory.write32(AT + MMAP_AT, (int) entry);
      for (PcMemoryLayout.Range range : map) {
        memory.write32(entry, MMAP_ENTRY - 4); // the size does not count itself
        memory.write64(entry + 4, range.start());
        memory.write64(entry + 12, range.size());
        memory.write32(entry + 20, range.type());
        entry += MMAP_ENTRY;
      }
    }

    private void writeModules(List<MultibootModules.Module> modules) {
      long entry = reserve(modules.size() * MODULE_SIZE);
      memory.write32(AT + MODS_COUNT, modules.size());
      memory.write32(AT + MODS_AT, (int) entry);
      for (MultibootModules.Module module : modules) {
        memory.write32(entry, (int) module.start());
        memory.write32(entry + 4, (int) module.end());
        memory.write32(entry + 8, (int) text(module.text()));
        memory.write32(entry + 12, 0);
        entry += MODULE_SIZE;
      }
    }

    private long text(String text) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      long at = reserve(bytes.length + 1);
      memory.copyIn(at, bytes);
      memory.write8(at + bytes.length, 0);
      return at;
    }

    private long reserve(int size) {
      long at = next + 3 & -4L;
      next = at + size;
      if (next > PcMemoryLayout.EBDA) {
        throw kernel.fault("Multiboot: modules and texts do not fit below 640 KiB");
      }
      return at;
    }
  }
}
