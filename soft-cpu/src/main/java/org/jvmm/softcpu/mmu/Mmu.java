package org.jvmm.softcpu.mmu;

import java.util.Arrays;
import org.jvmm.core.mem.RawMemory;
import org.jvmm.softcpu.fault.GuestFault;

/**
 * Linear memory of one vCPU: loads, stores and code fetches through a soft TLB.
 *
 * <p>A tag of a {@link Tlb} entry is compared with the page of the access' last byte, so that an
 * access over a page's end misses. Entries exist only for RAM; a store tag only for pages that are
 * dirty already and hold no decoded code. So MMIO, page crossings, the first write to a page,
 * self-modifying code, watchpoints and alignment checks all take the slow path.
 *
 * <p>There are several sets of entries, because rights differ: supervisor, user, supervisor with
 * RFLAGS.AC (SMAP), and one that is never filled for when every access has to be looked at.
 */
public final class Mmu {
  /** Sets of entries. */
  private static final int SUPERVISOR = 0, USER = 1, SUPERVISOR_AC = 2, SLOW = 3, SETS = 4;

  private static final long PAGE = -4096;

  private final PhysicalMemory memory;
  private final Paging paging;
  private final GuestFault fault;
  private final DeviceAccess devices;
  private final Tlb[] data = new Tlb[SETS];

  /** Code of the kernel and of the user: what to add gives a guest-physical address. */
  private final Tlb[] code = {new Tlb(), new Tlb()};

  /** Host address of the entries of the present set. */
  private long entries;

  private int set;
  private boolean user;
  private boolean alignmentCheck;
  private boolean allowUserData;

  /** What {@link #code} was asked for since {@link #codeVersions} last changed. */
  private final PageFilter[] codePages = {new PageFilter(12, 1 << 14), new PageFilter(12, 1 << 14)};

  private final int[] codeVersions = new int[2];

  /** The 2 MiB, and the 1 GiB, of which a part of a large page was entered. */
  private final PageFilter largePages = new PageFilter(21, 1024);

  private final PageFilter hugePages = new PageFilter(30, 64);
  private long addressMask = 0xffffffffL;
  private Watchpoints watchpoints = Watchpoints.NONE;

  public Mmu(PhysicalMemory memory, GuestFault fault, DeviceAccess devices) {
    this.memory = memory;
    this.fault = fault;
    this.devices = devices;
    paging = new Paging(memory, fault);
    Arrays.setAll(data, i -> new Tlb());
    select(0, false, false);
    memory.attach(this);
    forgetCode();
  }

  /** Takes over the registers that translation depends on, and forgets all translations. */
  public void configure(long cr0, long cr3, long cr4, long efer) {
    paging.configure(cr0, cr3, cr4, efer);
    addressMask = paging.longMode() ? -1 : 0xffffffffL;
    flush();
  }

  /** Takes over CR3 alone, which forgets what is not global (SDM vol. 3 section 4.10.4.1). */
  public void switchTables(long cr3) {
    paging.setTables(cr3);
    flushLocal();
  }

  /** Loads the PAE page-directory pointers; false is #GP(0). */
  public boolean loadPdptes(long cr3) {
    return paging.loadPdptes(cr3);
  }

  /** Whether an address is canonical (SDM vol. 1 section 3.3.7.1). */
  public boolean canonical(long address) {
    return paging.canonical(address);
  }

  /**
   * Chooses the rights of the following accesses.
   *
   * @param cpl current privilege level
   * @param ac RFLAGS.AC
   * @param checkAlignment CR0.AM with AC at CPL 3
   */
  public void select(int cpl, boolean ac, boolean checkAlignment) {
    user = cpl == 3;
    alignmentCheck = checkAlignment;
    if (checkAlignment || watchpoints != Watchpoints.NONE) {
      set = SLOW;
    } else if (user) {
      set = USER;
    } else {
      set = ac && paging.smap() ? SUPERVISOR_AC : SUPERVISOR;
    }
    allowUserData = ac;
    entries = data[set].entries;
  }

  /** Sets who watches data accesses; {@link #select} follows. */
  public void watch(Watchpoints newWatchpoints) {
    watchpoints = newWatchpoints;
  }

  /**
   * A number that changes whenever a translation of code may have been dropped. No other vCPU's is
   * ever the same.
   *
   * @param userMode the code that runs at CPL 3
   */
  public int codeVersion(boolean userMode) {
    return codeVersions[userMode ? 1 : 0];
  }

  /** Voids what was derived from code addresses, but no translation. */
  public void forgetCode() {
    newCodeVersion(0);
    newCodeVersion(1);
  }

  private void newCodeVersion(int userMode) {
    codeVersions[userMode] = memory.newVersion();
    codePages[userMode].clear();
  }

  /** Forgets all translations. */
  public void flush() {
    for (Tlb tlb : data) {
      tlb.flush();
    }
    for (Tlb tlb : code) {
      tlb.flush();
    }
    largePages.clear();
    hugePages.clear();
    forgetCode();
  }

  /** Forgets all translations but global ones. */
  public void flushLocal() {
    for (Tlb tlb : data) {
      tlb.flushLocal();
    }
    for (int i = 0; i < code.length; i++) {
      if (code[i].flushLocal()) {
        newCodeVersion(i);
      }
    }
  }

  /** Forgets the translation of one page, global or not. */
  public void invalidate(long va) {
    if (hugePages.mayContain(va)) {
      invalidateRegion(va, 30);
    } else if (largePages.mayContain(va)) {
      invalidateRegion(va, 21);
    } else {
      for (Tlb tlb : data) {
        tlb.invalidate(va);
      }
      for (int i = 0; i < code.length; i++) {
        code[i].invalidate(va);
        if (codePages[i].mayContain(va)) {
          newCodeVersion(i);
        }
      }
    }
  }

  private void invalidateRegion(long va, int shift) {
    for (Tlb tlb : data) {
      tlb.invalidateRegion(va, shift);
    }
    for (Tlb tlb : code) {
      tlb.invalidateRegion(va, shift);
    }
    forgetCode();
  }

  /** Stores to a host page take the slow path from now on. */
  void protect(long hostPage) {
    for (Tlb tlb : data) {
      tlb.protect(hostPage);
    }
  }

  /** Loads 1, 2, 4 or 8 bytes, zero-extended. */
  public long read(long va, int width) {
    long host = hostForRead(va, width);
    return host != 0 ? raw(host, width) : readSlow(va, width, Paging.READ);
  }

  /** Loads like {@link #read} what is going to be stored to: the store's rights are checked. */
  public long readForWrite(long va, int width) {
    long host = hostForWrite(va, width);
    return host != 0 ? raw(host, width) : readSlow(va, width, Paging.WRITE);
  }

  /** Stores 1, 2, 4 or 8 bytes. */
  public void write(long va, int width, long value) {
    long host = hostForWrite(va, width);
    if (host != 0) {
      rawWrite(host, width, value);
    } else {
      writeSlow(va, width, value);
    }
  }

  /** Host address of bytes of one page that can be read without the slow path now, else 0. */
  public long hostForRead(long va, int width) {
    return Tlb.reads(entries, va, width) ? Tlb.translated(entries, va) : 0;
  }

  /** Host address of bytes of one page that can be written without the slow path now, else 0. */
  public long hostForWrite(long va, int width) {
    return Tlb.writes(entries, va, width) ? Tlb.translated(entries, va) : 0;
  }

  /**
   * The translations that accesses use now: for those that look for many of them. Others may be
   * used as soon as an instruction has changed the CPU's mode or control registers.
   */
  public long translations() {
    return entries;
  }

  /** Whether bytes of one page can be read without the slow path, by {@link #translations}. */
  public static boolean reads(long tlb, long va, int width) {
    return Tlb.reads(tlb, va, width);
  }

  /** Whether bytes of one page can be written without the slow path, by {@link #translations}. */
  public static boolean writes(long tlb, long va, int width) {
    return Tlb.writes(tlb, va, width);
  }

  /** Host address of bytes that {@link #reads} or {@link #writes} allows. */
  public static long host(long tlb, long va) {
    return Tlb.translated(tlb, va);
  }

  /**
   * Host address of a byte, and of those after it on its page, that are read next, or 0 where each
   * has to be looked at. Unlike {@link #hostForRead} it holds although another page takes the place
   * of this one in the TLB.
   *
   * @throws GuestFault if it cannot be read
   */
  public long hostForReading(long va) {
    long host = hostForRead(va, 1);
    return host != 0 || set == SLOW ? host : memory.hostForRead(translate(va, Paging.READ));
  }

  /**
   * Host address of bytes of one page that are written next, all of them, or 0 where each has to be
   * looked at. Code decoded from them is discarded at once.
   *
   * @throws GuestFault if the first one cannot be written
   */
  public long hostForWriting(long va, long length) {
    long host = hostForWrite(va, 1);
    if (host != 0 || set == SLOW) {
      return host;
    }
    long gpa = translate(va, Paging.WRITE);
    host = memory.hostForWrite(gpa);
    if (host != 0) {
      memory.writing(gpa, length);
    }
    return host;
  }

  private static long raw(long host, int width) {
    return switch (width) {
      case 1 -> RawMemory.getByte(host) & 0xffL;
      case 2 -> RawMemory.getShort(host) & 0xffffL;
      case 4 -> RawMemory.getInt(host) & 0xffffffffL;
      default -> RawMemory.getLong(host);
    };
  }

  private static void rawWrite(long host, int width, long value) {
    switch (width) {
      case 1 -> RawMemory.putByte(host, (byte) value);
      case 2 -> RawMemory.putShort(host, (short) value);
      case 4 -> RawMemory.putInt(host, (int) value);
      default -> RawMemory.putLong(host, value);
    }
  }

  private static boolean crosses(long va, int width) {
    return (va & PhysicalMemory.OFFSET) + width > 4096;
  }

  private long readSlow(long va, int width, int kind) {
    checkAccess(va, width, kind);
    if (!crosses(va, width)) {
      return readPhysical(translate(va, kind), width);
    }
    int first = 4096 - (int) (va & PhysicalMemory.OFFSET);
    long low = translate(va, kind);
    long high = translate(va + first & addressMask, kind);
    long value = 0;
    for (int i = 0; i < width; i++) {
      value |= readPhysical(i < first ? low + i : high + (i - first), 1) << 8 * i;
    }
    return value;
  }

  private void writeSlow(long va, int width, long value) {
    checkAccess(va, width, Paging.WRITE);
    if (!crosses(va, width)) {
      writePhysical(translate(va, Paging.WRITE), width, value);
      return;
    }
    int first = 4096 - (int) (va & PhysicalMemory.OFFSET);
    // Both pages must be writable before a byte changes.
    long low = translate(va, Paging.WRITE);
    long high = translate(va + first & addressMask, Paging.WRITE);
    for (int i = 0; i < width; i++) {
      writePhysical(i < first ? low + i : high + (i - first), 1, value >>> 8 * i);
    }
  }

  private void checkAccess(long va, int width, int kind) {
    if (set == SLOW) {
      if (alignmentCheck && (va & width - 1) != 0) {
        throw fault.of(GuestFault.AC, 0);
      }
      watchpoints.accessed(va, width, kind == Paging.WRITE);
    }
  }

  /** Checks that a range of at most a page can be written, without writing. */
  public void probeWrite(long va, int width) {
    translate(va, Paging.WRITE);
    if (crosses(va, width)) {
      translate(va + width - 1 & addressMask, Paging.WRITE);
    }
  }

  /** Checks that a byte can be read. */
  public void probeRead(long va) {
    translate(va, Paging.READ);
  }

  /** Physical address for a data access with the current rights. */
  public long translate(long va, int kind) {
    paging.walk(va, kind, user, allowUserData);
    if (set != SLOW) {
      fill(va, set, kind);
    }
    return paging.physical;
  }

  private void fill(long va, int toSet, int kind) {
    long gpa = paging.physical & PAGE;
    long host = memory.hostForRead(gpa);
    if (host == 0) {
      return;
    }
    noteLarge(va);
    long page = va & PAGE;
    Tlb tlb = data[toSet];
    tlb.fill(page, host - page, paging.global);
    boolean writable =
        paging.writeReady
            && (kind == Paging.WRITE || !memory.logsDirty(gpa))
            && memory.hostForWrite(gpa) != 0
            && !memory.holdsCode(gpa);
    if (writable) {
      tlb.allowWrite(page);
    }
  }

  private void noteLarge(long va) {
    if (paging.pageSize > 1 << 21) {
      hugePages.add(va);
    } else if (paging.pageSize > 4096) {
      largePages.add(va);
    }
  }

  /** Physical address of an instruction byte. */
  public long fetch(long va) {
    int u = user ? 1 : 0;
    Tlb tlb = code[u];
    if (!Tlb.reads(tlb.entries, va, 1)) {
      paging.walk(va, Paging.EXECUTE, user, false);
      noteLarge(va);
      tlb.fill(va & PAGE, (paging.physical & PAGE) - (va & PAGE), paging.global);
    }
    codePages[u].add(va);
    return Tlb.translated(tlb.entries, va);
  }

  private long readPhysical(long gpa, int width) {
    long host = memory.hostForRead(gpa);
    return host != 0 ? raw(host, width) : devices.mmioRead(gpa, width);
  }

  private void writePhysical(long gpa, int width, long value) {
    long host = memory.hostForWrite(gpa);
    if (host == 0) {
      devices.mmioWrite(gpa, width, value);
      return;
    }
    rawWrite(host, width, value);
    memory.writing(gpa, width);
  }

  /**
   * Loads as an implicit supervisor access (SDM vol. 3 section 4.6): descriptor tables, the TSS.
   *
   * <p>Deviation: where no memory is it reads all ones instead of asking a device, because an event
   * is no instruction that could be run again with the answer.
   */
  public long readSystem(long va, int width) {
    long tlb = data[SUPERVISOR].entries;
    if (Tlb.reads(tlb, va, width)) {
      return raw(Tlb.translated(tlb, va), width);
    }
    long value = 0;
    for (int k = 0; k < width; k++) {
      long at = va + k & addressMask;
      paging.walk(at, Paging.READ, false, false);
      fill(at, SUPERVISOR, Paging.READ);
      long host = memory.hostForRead(paging.physical);
      value |= (host == 0 ? 0xff : raw(host, 1)) << 8 * k;
    }
    return value;
  }

  /**
   * Stores without an instruction: the frames of interrupts, descriptor tables, the TSS. Devices
   * are not reached, as with {@link #readSystem}.
   *
   * @param asUser with the rights of CPL 3, else as an implicit supervisor access
   */
  public void writeSystem(long va, int width, long value, boolean asUser) {
    int s = asUser ? USER : SUPERVISOR;
    long tlb = data[s].entries;
    if (Tlb.writes(tlb, va, width)) {
      rawWrite(Tlb.translated(tlb, va), width, value);
      return;
    }
    int first = crosses(va, width) ? 4096 - (int) (va & PhysicalMemory.OFFSET) : width;
    if (first < width) {
      paging.walk(va + first & addressMask, Paging.WRITE, asUser, false);
    }
    storeSystem(va, first, value, s);
    if (first < width) {
      storeSystem(va + first & addressMask, width - first, value >>> 8 * first, s);
    }
  }

  /** Stores bytes of one page. */
  private void storeSystem(long va, int width, long value, int s) {
    paging.walk(va, Paging.WRITE, s == USER, false);
    fill(va, s, Paging.WRITE);
    long gpa = paging.physical;
    long host = memory.hostForWrite(gpa);
    if (host != 0) {
      for (int k = 0; k < width; k++) {
        rawWrite(host + k, 1, value >>> 8 * k);
      }
      memory.writing(gpa, width);
    }
  }
}
