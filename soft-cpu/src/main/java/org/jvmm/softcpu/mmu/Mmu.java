package org.jvmm.softcpu.mmu;

import java.util.Arrays;
import org.jvmm.core.mem.RawMemory;
import org.jvmm.softcpu.fault.GuestFault;

/**
 * Linear memory of one vCPU: loads, stores and code fetches through a soft TLB.
 *
 * <p>An entry holds the page's address as tag, one for loads and one for stores, and what to add to
 * a linear address to get the host's. The tag is compared with the page of the access' last byte,
 * so that an access over a page's end misses. Entries exist only for RAM; a store tag only for
 * pages that are dirty already and hold no decoded code. So MMIO, page crossings, the first write
 * to a page, self-modifying code, watchpoints and alignment checks all take the slow path.
 *
 * <p>There are several sets of entries, because rights differ: supervisor, user, supervisor with
 * RFLAGS.AC (SMAP), and one that is never filled for when every access has to be looked at.
 */
public final class Mmu {
  /** Sets of entries. */
  private static final int SUPERVISOR = 0, USER = 1, SUPERVISOR_AC = 2, SLOW = 3, SETS = 4;

  private static final int ENTRIES = 1024;
  private static final int INDEX = ENTRIES - 1;
  private static final long PAGE = -4096;

  /** A tag that no page has. */
  private static final long INVALID = 1;

  private final PhysicalMemory memory;
  private final Paging paging;
  private final GuestFault fault;
  private final DeviceAccess devices;
  private final long[][] readTags = new long[SETS][ENTRIES];
  private final long[][] writeTags = new long[SETS][ENTRIES];
  private final long[][] addends = new long[SETS][ENTRIES];
  private final long[][] fetchTags = new long[2][ENTRIES];
  private final long[][] fetchPages = new long[2][ENTRIES];
  private final boolean[] used = new boolean[SETS];
  private long[] readTag;
  private long[] writeTag;
  private long[] addend;
  private int set;
  private boolean user;
  private boolean alignmentCheck;
  private boolean allowUserData;
  private long largeLow;
  private long largeHigh;
  private long addressMask = 0xffffffffL;
  private int generation;
  private Watchpoints watchpoints = Watchpoints.NONE;

  public Mmu(PhysicalMemory memory, GuestFault fault, DeviceAccess devices) {
    this.memory = memory;
    this.fault = fault;
    this.devices = devices;
    paging = new Paging(memory, fault);
    Arrays.fill(used, true);
    flush();
    select(0, false, false);
    memory.attach(this);
  }

  /** Takes over the registers that translation depends on, and forgets all translations. */
  public void configure(long cr0, long cr3, long cr4, long efer) {
    paging.configure(cr0, cr3, cr4, efer);
    addressMask = paging.longMode() ? -1 : 0xffffffffL;
    flush();
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
    readTag = readTags[set];
    writeTag = writeTags[set];
    addend = addends[set];
  }

  /** Sets who watches data accesses; {@link #select} follows. */
  public void watch(Watchpoints newWatchpoints) {
    watchpoints = newWatchpoints;
  }

  /** Changes with every flush: what was derived from translations before is void. */
  public int generation() {
    return generation;
  }

  /** Voids what was derived from code addresses, but no translation. */
  public void forgetCode() {
    generation++;
  }

  /** Forgets all translations. */
  public void flush() {
    for (int i = 0; i < SETS; i++) {
      if (used[i]) {
        Arrays.fill(readTags[i], INVALID);
        Arrays.fill(writeTags[i], INVALID);
        used[i] = false;
      }
    }
    Arrays.fill(fetchTags[0], INVALID);
    Arrays.fill(fetchTags[1], INVALID);
    largeLow = -1;
    largeHigh = 0;
    generation++;
  }

  /** Forgets the translation of one page. */
  public void invalidate(long va) {
    if (Long.compareUnsigned(va, largeLow) >= 0 && Long.compareUnsigned(va, largeHigh) < 0) {
      flush();
      return;
    }
    int i = index(va);
    for (int s = 0; s < SETS; s++) {
      readTags[s][i] = INVALID;
      writeTags[s][i] = INVALID;
    }
    fetchTags[0][i] = INVALID;
    fetchTags[1][i] = INVALID;
    generation++;
  }

  /** Stores to a host page take the slow path from now on. */
  void protect(long hostPage) {
    for (int s = 0; s < SLOW; s++) {
      if (used[s]) {
        for (int i = 0; i < ENTRIES; i++) {
          if (writeTags[s][i] != INVALID && writeTags[s][i] + addends[s][i] == hostPage) {
            writeTags[s][i] = INVALID;
          }
        }
      }
    }
  }

  private static int index(long va) {
    return (int) (va >>> 12) & INDEX;
  }

  /** Loads 1, 2, 4 or 8 bytes, zero-extended. */
  public long read(long va, int width) {
    int i = index(va);
    if (readTag[i] == (va + (width - 1) & PAGE)) {
      return raw(va + addend[i], width);
    }
    return readSlow(va, width, Paging.READ);
  }

  /** Loads like {@link #read} what is going to be stored to: the store's rights are checked. */
  public long readForWrite(long va, int width) {
    int i = index(va);
    if (writeTag[i] == (va + (width - 1) & PAGE)) {
      return raw(va + addend[i], width);
    }
    return readSlow(va, width, Paging.WRITE);
  }

  /** Stores 1, 2, 4 or 8 bytes. */
  public void write(long va, int width, long value) {
    int i = index(va);
    if (writeTag[i] == (va + (width - 1) & PAGE)) {
      rawWrite(va + addend[i], width, value);
    } else {
      writeSlow(va, width, value);
    }
  }

  /** Host address of a byte if its page can be read without the slow path now, else 0. */
  public long hostForRead(long va) {
    int i = index(va);
    return readTag[i] == (va & PAGE) ? va + addend[i] : 0;
  }

  /** Host address of a byte if its page can be written without the slow path now, else 0. */
  public long hostForWrite(long va) {
    int i = index(va);
    return writeTag[i] == (va & PAGE) ? va + addend[i] : 0;
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
    long page = va & PAGE;
    long gpa = paging.physical & PAGE;
    long host = memory.hostForRead(gpa);
    if (host == 0) {
      return;
    }
    noteLarge(va);
    int i = index(va);
    used[toSet] = true;
    boolean writable =
        paging.writeReady
            && kind == Paging.WRITE
            && memory.hostForWrite(gpa) != 0
            && !memory.holdsCode(gpa);
    if (readTags[toSet][i] != page) {
      writeTags[toSet][i] = INVALID;
    }
    readTags[toSet][i] = page;
    addends[toSet][i] = host - page;
    if (writable) {
      writeTags[toSet][i] = page;
    }
  }

  private void noteLarge(long va) {
    if (paging.pageSize > 4096) {
      long low = va & -paging.pageSize;
      largeLow = Long.compareUnsigned(low, largeLow) < 0 ? low : largeLow;
      long high = low + paging.pageSize;
      largeHigh =
          Long.compareUnsigned(high, largeHigh) > 0 || high == 0
              ? high - (high == 0 ? 1 : 0)
              : largeHigh;
    }
  }

  /** Physical address of an instruction byte. */
  public long fetch(long va) {
    int u = user ? 1 : 0;
    int i = index(va);
    if (fetchTags[u][i] != (va & PAGE)) {
      paging.walk(va, Paging.EXECUTE, user, false);
      noteLarge(va);
      fetchTags[u][i] = va & PAGE;
      fetchPages[u][i] = paging.physical & PAGE;
    }
    return fetchPages[u][i] | va & PhysicalMemory.OFFSET;
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
    int i = index(va);
    if (readTags[SUPERVISOR][i] == (va + (width - 1) & PAGE)) {
      return raw(va + addends[SUPERVISOR][i], width);
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
    int i = index(va);
    if (writeTags[s][i] == (va + (width - 1) & PAGE)) {
      rawWrite(va + addends[s][i], width, value);
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
