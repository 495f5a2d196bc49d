package org.jvmm.softcpu.mmu;

import org.jvmm.softcpu.fault.GuestFault;

/**
 * Address translation in all paging modes (SDM vol. 3 chapter 4): walks the guest's tables, checks
 * rights, sets accessed and dirty bits. The results of the last {@link #walk} stand in the fields.
 */
final class Paging {
  /** Kinds of access. */
  static final int READ = 0, WRITE = 1, EXECUTE = 2;

  private static final int P = 1,
      RW = 2,
      US = 4,
      ACCESSED = 0x20,
      DIRTY = 0x40,
      PS = 0x80,
      G = 0x100;
  private static final long NX = 1L << 63;
  private static final long ADDRESS = (1L << PhysicalMemory.ADDRESS_BITS) - 4096;
  private static final long RESERVED_HIGH = (1L << 52) - (1L << PhysicalMemory.ADDRESS_BITS);

  /** Bits 62:52 of a PAE entry outside IA-32e mode, besides the address bits, are reserved. */
  private static final long RESERVED_PAE = 0x7ff0000000000000L | RESERVED_HIGH;

  private static final int CR0_PG = 1 << 31, CR0_WP = 1 << 16;
  private static final int CR4_PSE = 1 << 4, CR4_PAE = 1 << 5, CR4_PGE = 1 << 7, CR4_LA57 = 1 << 12;
  private static final int CR4_SMEP = 1 << 20, CR4_SMAP = 1 << 21;
  private static final int EFER_LMA = 1 << 10, EFER_NXE = 1 << 11;

  private final PhysicalMemory memory;
  private final GuestFault fault;
  private final long[] pdptes = new long[4];
  private long cr3;
  private boolean enabled;
  private boolean pae;
  private boolean longMode;
  private boolean la57;
  private boolean pse;
  private boolean pge;
  private boolean wp;
  private boolean smep;
  private boolean smap;
  private boolean nxe;

  /** Physical address of the byte. */
  long physical;

  /** Writes are allowed to the one who asked, and the dirty bit is set. */
  boolean writeReady;

  /** The translation outlives a load of CR3. */
  boolean global;

  /** Bytes that the translation covers. */
  long pageSize;

  private boolean user;
  private boolean allowUserData;
  private long linear;
  private int access;
  private long rights;
  private int levelShift;
  private long entryAddress;

  Paging(PhysicalMemory memory, GuestFault fault) {
    this.memory = memory;
    this.fault = fault;
  }

  void configure(long cr0, long newCr3, long cr4, long efer) {
    cr3 = newCr3;
    enabled = (cr0 & CR0_PG) != 0;
    wp = (cr0 & CR0_WP) != 0;
    pae = (cr4 & CR4_PAE) != 0;
    pse = (cr4 & CR4_PSE) != 0;
    pge = (cr4 & CR4_PGE) != 0;
    la57 = (cr4 & CR4_LA57) != 0;
    smep = (cr4 & CR4_SMEP) != 0;
    smap = (cr4 & CR4_SMAP) != 0;
    longMode = (efer & EFER_LMA) != 0;
    nxe = (efer & EFER_NXE) != 0;
  }

  void setTables(long newCr3) {
    cr3 = newCr3;
  }

  boolean longMode() {
    return longMode;
  }

  boolean smap() {
    return smap;
  }

  boolean canonical(long address) {
    int unused = la57 ? 7 : 16;
    return address << unused >> unused == address;
  }

  /**
   * Loads the four PAE page-directory-pointer registers (SDM vol. 3 section 4.4.1).
   *
   * @return false if an entry has reserved bits set, which is #GP(0)
   */
  boolean loadPdptes(long from) {
    long[] loaded = new long[4];
    for (int i = 0; i < 4; i++) {
      loaded[i] = memory.read64((from & 0xffffffe0L) + 8 * i);
      if ((loaded[i] & P) != 0 && (loaded[i] & (RESERVED_PAE | NX | 0x1e6)) != 0) {
        return false;
      }
    }
    System.arraycopy(loaded, 0, pdptes, 0, 4);
    return true;
  }

  /**
   * Translates.
   *
   * @param isUser the access is a user-mode one
   * @param userData supervisor-mode data accesses to user pages are allowed in spite of SMAP
   * @throws GuestFault for #PF, and for a non-canonical address
   */
  void walk(long va, int kind, boolean isUser, boolean userData) {
    linear = va;
    access = kind;
    user = isUser;
    allowUserData = userData;
    if (longMode && !canonical(va)) {
      throw fault.of(GuestFault.NON_CANONICAL, 0);
    }
    if (!enabled) {
      physical = va & 0xffffffffL;
      pageSize = 1L << 32;
      writeReady = true;
      global = false;
      return;
    }
    rights = RW | US;
    if (longMode) {
      walkTables(cr3 & ADDRESS, la57 ? 48 : 39);
    } else if (pae) {
      long pdpte = pdptes[(int) (va >>> 30) & 3];
      if ((pdpte & P) == 0) {
        throw pageFault(0);
      }
      walkTables(pdpte & ADDRESS, 21);
    } else {
      walkLegacy();
    }
  }

  private GuestFault pageFault(int bits) {
    int code = bits | (access == WRITE ? 2 : 0) | (user ? 4 : 0);
    if (access == EXECUTE && (nxe && (pae || longMode) || smep)) {
      code |= 16;
    }
    return fault.page(code, linear);
  }

  private void walkTables(long table, int topShift) {
    long reserved = (longMode ? RESERVED_HIGH : RESERVED_PAE) | (nxe ? 0 : NX);
    long entry;
    int shift = topShift;
    long at = table;
    for (; ; shift -= 9) {
      entryAddress = at + (linear >>> shift & 0x1ff) * 8;
      entry = memory.read64(entryAddress);
      if ((entry & P) == 0) {
        throw pageFault(0);
      }
      boolean large = (entry & PS) != 0 && shift > 12;
      if ((entry & reserved) != 0 || large && !largeAllowed(entry, shift)) {
        throw pageFault(9);
      }
      rights = rights & entry & (RW | US) | (rights | entry) & NX;
      if (large || shift == 12) {
        break;
      }
      if ((entry & ACCESSED) == 0) {
        memory.setEntryBits(entryAddress, ACCESSED);
      }
      at = entry & ADDRESS;
    }
    levelShift = shift;
    finish(entry, entry & ADDRESS & -(1L << shift));
  }

  /** 2 MiB and 1 GiB pages; address bits below the size, other than PAT's, are reserved. */
  private boolean largeAllowed(long entry, int shift) {
    return (shift == 21 || shift == 30 && longMode) && (entry & (1L << shift) - 1 & ~0x1fffL) == 0;
  }

  private void walkLegacy() {
    entryAddress = (cr3 & 0xfffff000L) + (linear >>> 22 & 0x3ff) * 4;
    long entry = memory.read32(entryAddress);
    if ((entry & P) == 0) {
      throw pageFault(0);
    }
    rights &= entry;
    levelShift = 22;
    if ((entry & PS) != 0 && pse) {
      // PSE-36 (section 4.3): bits 20:13 are address bits 39:32, bit 21 is reserved.
      if ((entry & 1 << 21) != 0) {
        throw pageFault(9);
      }
      finish(entry, entry & 0xffc00000L | (entry >>> 13 & 0xff) << 32);
      return;
    }
    if ((entry & ACCESSED) == 0) {
      memory.setEntryBits(entryAddress, ACCESSED);
    }
    entryAddress = (entry & 0xfffff000L) + (linear >>> 12 & 0x3ff) * 4;
    entry = memory.read32(entryAddress);
    if ((entry & P) == 0) {
      throw pageFault(0);
    }
    rights &= entry;
    levelShift = 12;
    finish(entry, entry & 0xfffff000L);
  }

  /** Checks the rights (section 4.6.1) and sets A and D in the leaf. */
  private void finish(long entry, long frame) {
    boolean userPage = (rights & US) != 0;
    boolean writable = (rights & RW) != 0;
    if (user && !userPage
        || access == EXECUTE && ((rights & NX) != 0 || smep && !user && userPage)
        || access != EXECUTE && smap && !user && userPage && !allowUserData
        || access == WRITE && !writable && (user || wp)) {
      throw pageFault(1);
    }
    int set = ACCESSED | (access == WRITE ? DIRTY : 0);
    if ((entry & set) != set) {
      memory.setEntryBits(entryAddress, set);
    }
    writeReady = ((entry | set) & DIRTY) != 0 && (writable || !user && !wp);
    global = pge && (entry & G) != 0;
    pageSize = 1L << levelShift;
    physical = frame | linear & pageSize - 1;
  }
}
