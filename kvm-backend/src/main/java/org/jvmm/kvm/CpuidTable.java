package org.jvmm.kvm;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jvmm.core.accel.CpuidSource;
import org.jvmm.kvm.abi.KvmAbi;
import org.jvmm.kvm.abi.KvmStructs.kvm_cpuid2;
import org.jvmm.kvm.abi.KvmStructs.kvm_cpuid_entry2;
import org.jvmm.kvm.nativecall.NativeMemory;

/** CPUID's answers: one entry for each leaf and sub-leaf. */
final class CpuidTable {
  /** Registers by index. */
  static final int EAX = 0, EBX = 1, ECX = 2, EDX = 3;

  private static final int EXTENDED = 0x8000_0000;

  /** Leaves where ECX counts, and how many sub-leaves of them say something (SDM vol. 2, CPUID). */
  private static final Map<Integer, Integer> SUBLEAVES = Map.of(4, 4, 7, 3, 0xb, 3, 0xd, 2);

  /** One answer, mutable. */
  static final class Entry {
    final int leaf;
    final int subleaf;

    /** Whether ECX selects the sub-leaf. */
    final boolean indexed;

    final int[] registers = new int[4];

    Entry(int leaf, int subleaf, boolean indexed) {
      this.leaf = leaf;
      this.subleaf = subleaf;
      this.indexed = indexed;
    }

    Entry set(int eax, int ebx, int ecx, int edx) {
      registers[EAX] = eax;
      registers[EBX] = ebx;
      registers[ECX] = ecx;
      registers[EDX] = edx;
      return this;
    }

    Entry copy() {
      Entry copy = new Entry(leaf, subleaf, indexed);
      System.arraycopy(registers, 0, copy.registers, 0, 4);
      return copy;
    }
  }

  private final List<Entry> entries = new ArrayList<>();

  /** Reads a filled struct kvm_cpuid2. */
  static CpuidTable read(NativeMemory memory) {
    CpuidTable table = new CpuidTable();
    for (int i = 0, n = memory.getInt(kvm_cpuid2.nent); i < n; i++) {
      long at = kvm_cpuid2.entries + (long) i * kvm_cpuid_entry2.sizeof;
      int flags = memory.getInt(at + kvm_cpuid_entry2.flags);
      Entry entry =
          new Entry(
              memory.getInt(at + kvm_cpuid_entry2.function),
              memory.getInt(at + kvm_cpuid_entry2.index),
              (flags & KvmAbi.KVM_CPUID_FLAG_SIGNIFCANT_INDEX) != 0);
      for (int r = EAX; r <= EDX; r++) {
        entry.registers[r] = memory.getInt(at + kvm_cpuid_entry2.eax + 4L * r);
      }
      table.entries.add(entry);
    }
    return table;
  }

  /** What another accelerator would answer for a vCPU. */
  static CpuidTable of(int id, CpuidSource.Answers answers) {
    CpuidTable table = new CpuidTable();
    for (int first : new int[] {0, EXTENDED}) {
      int[] range = new int[4];
      answers.query(id, first, 0, range);
      for (int leaf = first; leaf <= range[EAX]; leaf++) {
        int subleaves = SUBLEAVES.getOrDefault(leaf, 1);
        for (int subleaf = 0; subleaf < subleaves; subleaf++) {
          Entry entry = new Entry(leaf, subleaf, subleaves > 1);
          answers.query(id, leaf, subleaf, entry.registers);
          table.entries.add(entry);
        }
      }
    }
    return table;
  }

  /** Bytes of the struct kvm_cpuid2 with all entries. */
  int structSize() {
    return kvm_cpuid2.sizeof + entries.size() * kvm_cpuid_entry2.sizeof;
  }

  /** Fills a zeroed struct kvm_cpuid2. */
  void write(NativeMemory memory) {
    memory.putInt(kvm_cpuid2.nent, entries.size());
    for (int i = 0; i < entries.size(); i++) {
      Entry entry = entries.get(i);
      long at = kvm_cpuid2.entries + (long) i * kvm_cpuid_entry2.sizeof;
      memory.putInt(at + kvm_cpuid_entry2.function, entry.leaf);
      memory.putInt(at + kvm_cpuid_entry2.index, entry.subleaf);
      memory.putInt(
          at + kvm_cpuid_entry2.flags, entry.indexed ? KvmAbi.KVM_CPUID_FLAG_SIGNIFCANT_INDEX : 0);
      for (int r = EAX; r <= EDX; r++) {
        memory.putInt(at + kvm_cpuid_entry2.eax + 4L * r, entry.registers[r]);
      }
    }
  }

  CpuidTable copy() {
    CpuidTable copy = new CpuidTable();
    for (Entry entry : entries) {
      copy.entries.add(entry.copy());
    }
    return copy;
  }

  List<Entry> entries() {
    return entries;
  }

  /** An entry, or null. */
  Entry find(int leaf, int subleaf) {
    for (Entry entry : entries) {
      if (entry.leaf == leaf && (!entry.indexed || entry.subleaf == subleaf)) {
        return entry;
      }
    }
    return null;
  }

  /** A register of an entry, 0 if there is none. */
  int get(int leaf, int subleaf, int register) {
    Entry entry = find(leaf, subleaf);
    return entry == null ? 0 : entry.registers[register];
  }

  /** The entry of a leaf without sub-leaves, made if it is not there. */
  Entry leaf(int leaf) {
    Entry entry = find(leaf, 0);
    if (entry == null) {
      entry = new Entry(leaf, 0, false);
      entries.add(entry);
    }
    return entry;
  }

  /** Replaces all sub-leaves of a leaf. */
  void replace(int leaf, List<Entry> subleaves) {
    for (Iterator<Entry> each = entries.iterator(); each.hasNext(); ) {
      if (each.next().leaf == leaf) {
        each.remove();
      }
    }
    entries.addAll(subleaves);
  }
}
