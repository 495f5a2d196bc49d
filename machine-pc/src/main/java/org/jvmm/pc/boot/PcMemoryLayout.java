package org.jvmm.pc.boot;

import java.util.ArrayList;
import java.util.List;

/**
 * Where everything lies in the guest-physical address space of the PC: each magic address once.
 *
 * <p>RAM starts at 0 and goes up to the PCI hole; what does not fit below continues at 4 GiB. As on
 * QEMU's i440FX board the hole starts at 3.5 GiB, or at 3 GiB as soon as there is RAM above 4 GiB,
 * so that both parts are multiples of 1 GiB in the usual sizes.
 *
 * @param ramSize bytes of RAM, a multiple of 4096, {@link #MIN_RAM} to {@link #MAX_RAM}
 */
public record PcMemoryLayout(long ramSize) {
  /** Smallest RAM: the boot structures below 1 MiB and one large page for a kernel. */
  public static final long MIN_RAM = 2L << 20;

  /** Largest RAM: what 40 physical address bits reach, less the PCI hole. */
  public static final long MAX_RAM = 1023L << 30;

  /** RAM of up to this size lies below the PCI hole in one piece. */
  public static final long PCI_HOLE_SMALL = 0xE000_0000L;

  /** Start of the PCI hole when RAM continues above 4 GiB. */
  public static final long PCI_HOLE = 0xC000_0000L;

  /** Start of the RAM above the PCI hole. */
  public static final long HIGH_RAM = 1L << 32;

  /** BIOS data area (RBIL memory map): segment of the EBDA, and KiB of conventional memory. */
  public static final long BDA_EBDA_SEGMENT = 0x40E, BDA_BASE_MEMORY_KIB = 0x413;

  /** The GDT that the entry's segment registers were loaded from. */
  public static final long GDT = 0x500;

  /** hvm_start_info, its module list and its memory map, in one page. */
  public static final long PVH_START_INFO = 0x6000, PVH_MODULES = 0x6040, PVH_MEMORY_MAP = 0x6080;

  /** struct boot_params, the zero page. */
  public static final long ZERO_PAGE = 0x7000;

  /** Identity page tables of the 64-bit entry: PML4, PDPT and four page directories. */
  public static final long PML4 = 0x9000, PDPT = 0xA000, PAGE_DIRECTORIES = 0xB000;

  /** Top of a small stack: entries that need one before they make their own. */
  public static final long BOOT_STACK_TOP = 0x1_8000;

  /** The command line, with its terminating zero. */
  public static final long COMMAND_LINE = 0x2_0000;

  /** Room for the command line, the zero included. */
  public static final int COMMAND_LINE_ROOM = 0x1_0000;

  /** The Multiboot information structure and what it points to, up to {@link #EBDA}. */
  public static final long MULTIBOOT_INFO = 0x3_0000;

  /** Extended BIOS data area: the end of conventional memory. */
  public static final long EBDA = 0x9_FC00;

  /** End of conventional memory, start of the VGA window. */
  public static final long VGA_WINDOW = 0xA_0000;

  /** ACPI tables, the RSDP first: inside the BIOS area that an OS searches (ACPI 6.5 5.2.5.1). */
  public static final long ACPI_TABLES = 0xE_0000;

  /** Where the end of the firmware's ROM is seen below 1 MiB, up to {@link #EXTENDED_MEMORY}. */
  public static final long BIOS_WINDOW = 0xE_0000;

  /** End of the firmware's ROM; the processor starts 16 bytes before. */
  public static final long ROM_END = 1L << 32;

  /** End of the ACPI tables, and start of extended memory: nothing of a kernel may lie below. */
  public static final long EXTENDED_MEMORY = 0x10_0000;

  /** Local APICs' page and the IOAPIC's (SDM vol. 3 11.4.1; 82093AA section 3.0). */
  public static final long LOCAL_APIC = 0xFEE0_0000L, IO_APIC = 0xFEC0_0000L;

  /** Storage of QEMU's pc-testdev. */
  public static final long TESTDEV = 0xFF00_0000L;

  /** Highest address that an initrd may touch if a kernel does not say (boot.rst). */
  public static final long INITRD_MAX_64 = 0x7FFF_FFFFL, INITRD_MAX_32 = 0x37FF_FFFFL;

  /** The largest page that an initrd's or a kernel's address is rounded to. */
  static final long PAGE = 4096;

  /** A range as E820 tells it (ACPI 6.5 table 15.4). */
  public record Range(long start, long size, int type) {
    public static final int RAM = 1, RESERVED = 2;

    public long end() {
      return start + size;
    }
  }

  /**
   * Checks the size.
   *
   * @throws BootException if the size is out of range; it is the user's {@code -m}
   */
  public PcMemoryLayout {
    if (ramSize < MIN_RAM || ramSize > MAX_RAM) {
      throw new BootException(
          "%,d bytes of RAM: this machine takes %d MiB to %d GiB (-m)"
              .formatted(ramSize, MIN_RAM >> 20, MAX_RAM >> 30));
    }
    if (ramSize % PAGE != 0) {
      throw new BootException("%,d bytes of RAM: not a multiple of 4096 (-m)".formatted(ramSize));
    }
  }

  /** End of the RAM that starts at 0. */
  public long lowRamEnd() {
    return ramSize <= PCI_HOLE_SMALL ? ramSize : PCI_HOLE;
  }

  /** Size of the RAM that starts at {@link #HIGH_RAM}, often 0. */
  public long highRamSize() {
    return ramSize - lowRamEnd();
  }

  /** End of the RAM above 4 GiB, or {@link #HIGH_RAM} if there is none. */
  public long highRamEnd() {
    return HIGH_RAM + highRamSize();
  }

  /** Start of the window for PCI BARs below 4 GiB; it ends at {@link #IO_APIC}. */
  public long pciHole() {
    return ramSize <= PCI_HOLE ? PCI_HOLE : lowRamEnd();
  }

  /** Whether RAM that a kernel may fill holds a whole range: the boot area below 1 MiB is not. */
  boolean loadable(long start, long size) {
    return start >= EXTENDED_MEMORY && size <= lowRamEnd() && start <= lowRamEnd() - size
        || start >= HIGH_RAM && size <= highRamSize() && start <= highRamEnd() - size;
  }

  /** The map that the guest is told, by rising address. */
  public List<Range> e820() {
    List<Range> map = new ArrayList<>();
    map.add(new Range(0, EBDA, Range.RAM));
    map.add(new Range(EBDA, VGA_WINDOW - EBDA, Range.RESERVED));
    map.add(new Range(ACPI_TABLES, EXTENDED_MEMORY - ACPI_TABLES, Range.RESERVED));
    map.add(new Range(EXTENDED_MEMORY, lowRamEnd() - EXTENDED_MEMORY, Range.RAM));
    if (highRamSize() > 0) {
      map.add(new Range(HIGH_RAM, highRamSize(), Range.RAM));
    }
    return map;
  }
}
