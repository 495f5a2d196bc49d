package org.jvmm.devices.ioapic;

import java.util.Arrays;
import java.util.List;
import org.jvmm.core.bus.MmioDevice;
import org.jvmm.core.device.Resettable;
import org.jvmm.core.device.SnapshotException;
import org.jvmm.core.device.Snapshotable;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.core.irq.MsiTarget;

/**
 * An I/O APIC of 24 pins. What a pin delivers is a message in MSI's format (SDM vol. 3 section
 * 11.11), so it serves local APICs in Java and in the kernel (KVM's split irqchip) alike; the end
 * of a level-triggered interrupt comes back by {@link #endOfInterrupt}.
 *
 * <p>Any thread may drive a pin. Lock order: this, then the local APICs; so a local APIC that
 * broadcasts an EOI holds no lock of its own.
 */
public final class Ioapic implements MmioDevice, Resettable, Snapshotable<Ioapic.State> {
  /** Size of the register window in bytes; it is at 0xfec00000 on a PC. */
  public static final long WINDOW = 0x1000;

  /** Number of input pins. */
  public static final int PINS = 24;

  /** 0x11 is the 82093AA; 0x20 says that there is an EOI register. */
  private static final int VERSION = 0x20;

  /** Register offsets in the window. */
  private static final class Window {
    static final int IOREGSEL = 0x00, IOWIN = 0x10, EOIR = 0x40;
  }

  /** Register numbers behind IOREGSEL. */
  private static final class Reg {
    static final int IOAPICID = 0, IOAPICVER = 1, IOAPICARB = 2, IOREDTBL = 0x10;
  }

  /** Fields of a redirection entry (82093AA section 3.2.4). */
  private static final class Rte {
    static final int VECTOR = 0xff,
        DELMOD = 7 << 8,
        DESTMOD = 1 << 11,
        REMOTE_IRR = 1 << 14,
        LEVEL = 1 << 15,
        MASK = 1 << 16;
    static final int LOW_WRITABLE = 0x1_afff, LOW = LOW_WRITABLE | REMOTE_IRR;
    static final int DEST = 0xff << 24;
  }

  /** Hears where pins lead, so that an accelerator can route them and intercept their EOIs. */
  @FunctionalInterface
  public interface Routes {
    /** Nobody listens. */
    Routes NONE = (pin, masked, address, data) -> {};

    /**
     * A redirection entry was written. Called under the I/O APIC's monitor.
     *
     * @param address of the message that the pin sends
     * @param data of that message
     */
    void routed(int pin, boolean masked, long address, int data);
  }

  // Glue
  private final MsiTarget target;
  private final Routes routes;

  // Volatile state. The levels of the pins are the wires', so reset() leaves them.
  private int lines;
  private int select;
  private int id;
  private final int[] low = new int[PINS];
  private final int[] high = new int[PINS];

  /**
   * An I/O APIC with all pins masked.
   *
   * @param target takes the messages; called under this object's monitor
   */
  public Ioapic(MsiTarget target, Routes routes) {
    this.target = target;
    this.routes = routes;
    Arrays.fill(low, Rte.MASK);
  }

  /**
   * An input; high asserts it, whatever the entry's polarity says.
   *
   * @param pin 0-23
   */
  public IrqLine line(int pin) {
    if (pin < 0 || pin >= PINS) {
      throw new IllegalArgumentException("pin=" + pin);
    }
    return level -> input(pin, level);
  }

  private synchronized void input(int pin, boolean level) {
    boolean rises = level && (lines >> pin & 1) == 0;
    lines = level ? lines | 1 << pin : lines & ~(1 << pin);
    // "Edge-sensitive interrupts signaled on a masked pin are ignored" (section 3.2.4).
    if (levelTriggered(pin)) {
      deliverLevel(pin);
    } else if (rises && (low[pin] & Rte.MASK) == 0) {
      send(pin);
    }
  }

  private boolean levelTriggered(int pin) {
    int mode = (low[pin] & Rte.DELMOD) >> 8;
    return (low[pin] & Rte.LEVEL) != 0 && mode <= 1; // the other modes are edges by nature
  }

  private void deliverLevel(int pin) {
    if ((lines >> pin & 1) != 0 && (low[pin] & (Rte.MASK | Rte.REMOTE_IRR)) == 0) {
      low[pin] |= Rte.REMOTE_IRR;
      send(pin);
    }
  }

  private void send(int pin) {
    target.send(address(pin), data(pin));
  }

  private long address(int pin) {
    int destination = high[pin] >>> 24;
    return 0xfee0_0000L | destination << 12 | ((low[pin] & Rte.DESTMOD) != 0 ? 1 << 2 : 0);
  }

  private int data(int pin) {
    int trigger = levelTriggered(pin) ? 1 << 15 | 1 << 14 : 0;
    return trigger | low[pin] & (Rte.DELMOD | Rte.VECTOR);
  }

  /**
   * The end of an interrupt at some local APIC: level-triggered pins with that vector deliver again
   * if they are still high. Any thread that holds no local APIC's lock.
   */
  public synchronized void endOfInterrupt(int vector) {
    for (int pin = 0; pin < PINS; pin++) {
      if ((low[pin] & Rte.REMOTE_IRR) != 0 && (low[pin] & Rte.VECTOR) == vector) {
        low[pin] &= ~Rte.REMOTE_IRR;
        deliverLevel(pin);
      }
    }
  }

  @Override
  public synchronized long read(long offset, int size) {
    long value =
        switch ((int) offset & ~3) {
          case Window.IOREGSEL -> select;
          case Window.IOWIN -> readRegister();
          default -> 0;
        };
    return value >>> 8 * (offset & 3);
  }

  /** {@inheritDoc} The registers take aligned 32-bit writes; IOREGSEL and EOIR bytes too. */
  @Override
  public synchronized void write(long offset, int size, long value) {
    if (offset == Window.IOREGSEL) {
      select = (int) value & 0xff;
    } else if (offset == Window.EOIR) {
      endOfInterrupt((int) value & 0xff);
    } else if (offset == Window.IOWIN && size == 4) {
      writeRegister((int) value);
    }
  }

  private int readRegister() {
    int entry = select - Reg.IOREDTBL;
    if (entry >= 0 && entry < 2 * PINS) {
      return (entry & 1) == 0 ? low[entry / 2] : high[entry / 2];
    }
    return switch (select) {
      case Reg.IOAPICID, Reg.IOAPICARB -> id << 24;
      case Reg.IOAPICVER -> VERSION | (PINS - 1) << 16;
      default -> 0;
    };
  }

  private void writeRegister(int value) {
    int entry = select - Reg.IOREDTBL;
    if (entry >= 0 && entry < 2 * PINS) {
      writeEntry(entry / 2, (entry & 1) == 0, value);
    } else if (select == Reg.IOAPICID) {
      id = value >>> 24 & 0xf;
    }
  }

  private void writeEntry(int pin, boolean lowHalf, int value) {
    if (lowHalf) {
      low[pin] = value & Rte.LOW_WRITABLE | low[pin] & Rte.REMOTE_IRR;
      if (!levelTriggered(pin)) {
        low[pin] &= ~Rte.REMOTE_IRR; // how software ends a level without an EOI register
      }
    } else {
      high[pin] = value & Rte.DEST;
    }
    route(pin);
    if (levelTriggered(pin)) {
      deliverLevel(pin);
    }
  }

  private void route(int pin) {
    routes.routed(pin, (low[pin] & Rte.MASK) != 0, address(pin), data(pin));
  }

  @Override
  public synchronized void reset() {
    select = 0;
    id = 0;
    Arrays.fill(low, Rte.MASK);
    Arrays.fill(high, 0);
    for (int pin = 0; pin < PINS; pin++) {
      route(pin);
    }
  }

  /**
   * The I/O APIC's state.
   *
   * @param lines levels of the pins, one bit each
   * @param low lower halves of the redirection entries
   * @param high upper halves
   */
  public record State(
      int version, int lines, int select, int id, List<Integer> low, List<Integer> high) {
    public State {
      low = List.copyOf(low);
      high = List.copyOf(high);
    }
  }

  @Override
  public synchronized State save() {
    return new State(1, lines, select, id, listOf(low), listOf(high));
  }

  private static List<Integer> listOf(int[] values) {
    return Arrays.stream(values).boxed().toList();
  }

  @Override
  public synchronized void restore(State s) {
    boolean legal =
        s.version == 1
            && s.lines >>> PINS == 0
            && (s.select & ~0xff) == 0
            && (s.id & ~0xf) == 0
            && s.low.size() == PINS
            && s.high.size() == PINS
            && s.low.stream().allMatch(value -> (value & ~Rte.LOW) == 0)
            && s.high.stream().allMatch(value -> (value & ~Rte.DEST) == 0);
    if (!legal) {
      throw new SnapshotException("I/O APIC: " + s);
    }
    lines = s.lines;
    select = s.select;
    id = s.id;
    for (int pin = 0; pin < PINS; pin++) {
      low[pin] = s.low.get(pin);
      high[pin] = s.high.get(pin);
      route(pin);
    }
  }
}
