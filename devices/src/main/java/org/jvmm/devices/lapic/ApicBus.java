package org.jvmm.devices.lapic;

import java.util.Arrays;
import java.util.function.IntConsumer;
import org.jvmm.core.irq.MsiTarget;
import org.jvmm.devices.lapic.ApicReg.Icr;
import org.jvmm.devices.lapic.ApicReg.Mode;

/**
 * What the APICs of a VM share: it finds the destinations of interprocessor interrupts and of
 * messages (MSIs, the I/O APIC's), and carries EOIs back.
 *
 * <p>It takes no lock of its own. Any thread may call that holds no local APIC's lock.
 */
public final class ApicBus implements MsiTarget {
  /** Destination of everybody: all ones in the width of the sender. */
  static final int BROADCAST = -1;

  private volatile LocalApicDevice[] apics = {};
  private volatile IntConsumer[] eoiListeners = {};

  /** Adds an I/O APIC: it hears the vector of each level-triggered interrupt that ends. */
  public synchronized void onEndOfInterrupt(IntConsumer listener) {
    IntConsumer[] more = Arrays.copyOf(eoiListeners, eoiListeners.length + 1);
    more[eoiListeners.length] = listener;
    eoiListeners = more;
  }

  synchronized void join(LocalApicDevice apic) {
    LocalApicDevice[] more = Arrays.copyOf(apics, apics.length + 1);
    more[apics.length] = apic;
    apics = more;
  }

  /**
   * {@inheritDoc}
   *
   * <p>SDM vol. 3 section 11.11: address bits 19:12 destination, 3 redirection hint, 2 logical;
   * data as in an ICR. Other addresses are none of ours and are ignored.
   */
  @Override
  public void send(long address, int data) {
    boolean level = (data & Icr.LEVEL) != 0;
    if (address >>> 20 != 0xfee || level && (data & Icr.ASSERT) == 0) {
      return;
    }
    int mode = data >> 8 & 7;
    boolean redirect = (address & 1 << 3) != 0 && mode == Mode.FIXED;
    deliver(
        widen((int) (address >> 12) & 0xff),
        (address & 1 << 2) != 0,
        redirect ? Mode.LOWEST : mode,
        data & 0xff,
        level);
  }

  /** A destination of 8 bits as one of 32. */
  static int widen(int destination) {
    return destination == 0xff ? BROADCAST : destination;
  }

  void deliver(int destination, boolean logical, int mode, int vector, boolean level) {
    LocalApicDevice least = null;
    for (LocalApicDevice apic : apics) {
      if (!apic.matches(destination, logical)) {
        continue;
      }
      if (mode != Mode.LOWEST) {
        apic.deliver(mode, vector, level);
      } else if (apic.acceptsInterrupts()
          && (least == null || apic.processorPriority() < least.processorPriority())) {
        least = apic;
      }
    }
    if (least != null) {
      least.deliver(Mode.FIXED, vector, level);
    }
  }

  void deliverToAllBut(LocalApicDevice sender, int mode, int vector) {
    for (LocalApicDevice apic : apics) {
      if (apic != sender) {
        apic.deliver(mode == Mode.LOWEST ? Mode.FIXED : mode, vector, false);
      }
    }
  }

  void endOfInterrupt(int vector) {
    for (IntConsumer listener : eoiListeners) {
      listener.accept(vector);
    }
  }
}
