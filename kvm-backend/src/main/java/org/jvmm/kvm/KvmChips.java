package org.jvmm.kvm;

import java.util.ArrayList;
import java.util.List;
import org.jvmm.core.device.SnapshotException;
import org.jvmm.core.device.Snapshotable;
import org.jvmm.kvm.abi.KvmAbi;
import org.jvmm.kvm.abi.KvmStructs.kvm_irqchip;
import org.jvmm.kvm.abi.KvmStructs.kvm_pit_state2;
import org.jvmm.kvm.nativecall.NativeMemory;

/**
 * State of the interrupt controllers and of the timer that KVM keeps itself: KVM_GET_IRQCHIP for
 * the two 8259 and the IOAPIC, KVM_GET_PIT2 for the 8254.
 */
public final class KvmChips implements Snapshotable<KvmChips.State> {
  private static final int VERSION = 1;
  private static final int WORDS = (kvm_irqchip.sizeof - kvm_irqchip.chip) / 8;

  /**
   * @param version of this record
   * @param irqchips the union of struct kvm_irqchip as words, for each chip by its number
   * @param pit struct kvm_pit_state2 as words
   */
  public record State(int version, List<List<Long>> irqchips, List<Long> pit) {
    public State {
      irqchips = List.copyOf(irqchips);
      pit = List.copyOf(pit);
    }
  }

  private final KvmFd vm;

  KvmChips(KvmFd vm) {
    this.vm = vm;
  }

  @Override
  public State save() {
    List<List<Long>> irqchips = new ArrayList<>();
    try (NativeMemory struct = new NativeMemory(vm.calls(), kvm_irqchip.sizeof)) {
      for (int chip = 0; chip < KvmAbi.KVM_NR_IRQCHIPS; chip++) {
        struct.putInt(kvm_irqchip.chip_id, chip);
        vm.ioctl(KvmAbi.KVM_GET_IRQCHIP, struct.address(), "chip_id=%d", chip);
        irqchips.add(words(struct, kvm_irqchip.chip, WORDS));
      }
      vm.ioctl(KvmAbi.KVM_GET_PIT2, struct);
      return new State(VERSION, irqchips, words(struct, 0, kvm_pit_state2.sizeof / 8));
    }
  }

  @Override
  public void restore(State state) {
    if (state.version() != VERSION
        || state.irqchips().size() != KvmAbi.KVM_NR_IRQCHIPS
        || state.irqchips().stream().anyMatch(words -> words.size() != WORDS)
        || state.pit().size() != kvm_pit_state2.sizeof / 8) {
      throw new SnapshotException(
          "kvm chips: version %d, %d irqchips, %d words of PIT"
              .formatted(state.version(), state.irqchips().size(), state.pit().size()));
    }
    try (NativeMemory struct = new NativeMemory(vm.calls(), kvm_irqchip.sizeof)) {
      for (int chip = 0; chip < KvmAbi.KVM_NR_IRQCHIPS; chip++) {
        struct.putInt(kvm_irqchip.chip_id, chip);
        put(struct, kvm_irqchip.chip, state.irqchips().get(chip));
        vm.ioctl(KvmAbi.KVM_SET_IRQCHIP, struct.address(), "chip_id=%d", chip);
      }
      put(struct, 0, state.pit());
      vm.ioctl(KvmAbi.KVM_SET_PIT2, struct);
    }
  }

  private static List<Long> words(NativeMemory from, int offset, int count) {
    List<Long> words = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      words.add(from.getLong(offset + 8L * i));
    }
    return List.copyOf(words);
  }

  private static void put(NativeMemory into, int offset, List<Long> words) {
    for (int i = 0; i < words.size(); i++) {
      into.putLong(offset + 8L * i, words.get(i));
    }
  }
}
