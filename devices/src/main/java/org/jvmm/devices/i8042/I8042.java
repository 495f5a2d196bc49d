package org.jvmm.devices.i8042;

import java.util.Arrays;
import java.util.List;
import org.jvmm.core.bus.PortDevice;
import org.jvmm.core.device.Resettable;
import org.jvmm.core.device.Snapshotable;
import org.jvmm.core.device.StateCheck;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.devices.ps2.Ps2Device;
import org.jvmm.devices.ps2.ScanCodes;

/**
 * Keyboard controller: an output buffer of one byte that three sources fill, the controller's own
 * replies first, then the keyboard, then the auxiliary device.
 *
 * <p>The chip has one address line: offset 0 is the data port, 1 is command and status. On a PC
 * they are three ports apart, so the board attaches the chip at 0x60 and {@link #commandPort()} at
 * 0x64. The devices behind it are reset and saved by themselves.
 */
public final class I8042 implements PortDevice, Resettable, Snapshotable<I8042.State> {
  /** Number of ports; accesses are one byte wide. */
  public static final int PORTS = 2;

  static final int DATA = 0, COMMAND = 1;

  /** Status register. */
  static final class Str {
    static final int OBF = 1, SYS = 1 << 2, CD = 1 << 3, UNLOCKED = 1 << 4;
    static final int AUX_OBF = 1 << 5, TIMEOUT = 1 << 6;
  }

  /** Command byte: byte 0 of the controller's RAM. */
  static final class Ctr {
    static final int KBD_INT = 1, AUX_INT = 1 << 1, SYS = 1 << 2;
    static final int KBD_DISABLE = 1 << 4, AUX_DISABLE = 1 << 5, XLATE = 1 << 6;
  }

  /** Output port P2. */
  static final class P2 {
    static final int NO_RESET = 1, A20 = 1 << 1, KBD_OBF = 1 << 4, AUX_OBF = 1 << 5;
    static final int WRITABLE = 0xcf; // the OBF bits follow the output buffer
  }

  /** Commands of the host; those that read or write RAM have its address in the low five bits. */
  static final class Command {
    static final int READ_RAM = 0x20, WRITE_RAM = 0x60, RAM_MASK = 0xe0, ADDRESS_MASK = 0x1f;
    static final int DISABLE_AUX = 0xa7, ENABLE_AUX = 0xa8, TEST_AUX = 0xa9;
    static final int SELF_TEST = 0xaa, TEST_KBD = 0xab, DISABLE_KBD = 0xad, ENABLE_KBD = 0xae;
    static final int READ_P1 = 0xc0, READ_P2 = 0xd0, WRITE_P2 = 0xd1;
    static final int WRITE_KBD_OBF = 0xd2, WRITE_AUX_OBF = 0xd3, WRITE_AUX = 0xd4;
    static final int CLOSE_A20 = 0xdd, OPEN_A20 = 0xdf, READ_TEST = 0xe0, PULSE = 0xf0;
    static final int NONE = 0;
  }

  private static final int VERSION = 1;
  private static final int RAM_SIZE = 32;

  /** As firmware leaves it, so that a kernel booted without firmware finds a PC. */
  private static final int CTR_AT_RESET = Ctr.KBD_INT | Ctr.AUX_INT | Ctr.SYS | Ctr.XLATE;

  private static final int SELF_TEST_PASSED = 0x55, PORT_TEST_PASSED = 0;

  /** Input port P1: keyboard not locked, the manufacturing jumper not installed. */
  private static final int P1 = 0xa0;

  /** What comes instead of a reply when a device does not take a byte. */
  private static final int NO_ANSWER = 0xfe;

  /** Bit of a release in set 1, where set 2 has a prefix. */
  private static final int RELEASED = 0x80;

  private static final int EMPTY = Ps2Device.NOTHING;

  // Glue
  private final Ps2Device keyboard;
  private final Ps2Device aux;
  private final IrqLine kbdIrq;
  private final IrqLine auxIrq;
  private final IrqLine a20;
  private final Runnable cpuReset;
  private final PortDevice commandPort = new CommandPort();

  // Volatile state
  private final int[] ram = new int[RAM_SIZE];
  private int p2;

  /** Status bits; OBF says that {@link #data} waits for the host. */
  private int status;

  private int data;

  /** The command whose parameter is awaited, or NONE: then data goes to the keyboard. */
  private int command;

  /** A reply that waits for the output buffer: the byte, the status bits above it; or EMPTY. */
  private int reply;

  /** The volatile state. */
  public record State(
      int version, List<Integer> ram, int p2, int status, int data, int command, int reply) {}

  /**
   * A controller after reset.
   *
   * @param keyboard the device at the keyboard's port, or {@link Ps2Device#ABSENT}
   * @param aux the device at the mouse's port, or {@link Ps2Device#ABSENT}
   * @param a20 this chip's share in opening address line 20
   * @param cpuReset pulses the processors' RESET; called with the monitor held
   */
  public I8042(
      Ps2Device keyboard,
      Ps2Device aux,
      IrqLine kbdIrq,
      IrqLine auxIrq,
      IrqLine a20,
      Runnable cpuReset) {
    this.keyboard = keyboard;
    this.aux = aux;
    this.kbdIrq = kbdIrq;
    this.auxIrq = auxIrq;
    this.a20 = a20;
    this.cpuReset = cpuReset;
    powerOn();
    keyboard.onReady(this::deviceReady);
    aux.onReady(this::deviceReady);
  }

  @Override
  public synchronized void reset() {
    powerOn();
    drive();
  }

  private void powerOn() {
    Arrays.fill(ram, 0);
    ram[0] = CTR_AT_RESET;
    p2 = P2.WRITABLE;
    a20.set(true);
    status = Str.SYS | Str.UNLOCKED;
    data = 0;
    command = Command.NONE;
    reply = EMPTY;
  }

  /** The chip's offset 1 as a device of its own, sharing the chip's monitor. */
  public PortDevice commandPort() {
    return commandPort;
  }

  private final class CommandPort implements PortDevice {
    @Override
    public int read(int offset, int size) {
      synchronized (I8042.this) {
        return I8042.this.read(COMMAND, size);
      }
    }

    @Override
    public void write(int offset, int size, int value) {
      synchronized (I8042.this) {
        I8042.this.write(COMMAND, size, value);
      }
    }
  }

  @Override
  public int read(int offset, int size) {
    if (offset == COMMAND) {
      return status;
    }
    int value = data;
    if ((status & Str.OBF) != 0) {
      status &= ~(Str.OBF | Str.AUX_OBF | Str.TIMEOUT);
      drive(); // falls before the next byte lets it rise
      fill();
    }
    return value;
  }

  @Override
  public void write(int offset, int size, int value) {
    int octet = value & 0xff;
    if (offset == COMMAND) {
      status |= Str.CD;
      command = Command.NONE;
      command(octet);
    } else {
      status &= ~Str.CD;
      int pending = command;
      command = Command.NONE;
      parameter(pending, octet);
    }
    fill();
  }

  private void command(int value) {
    switch (value & Command.RAM_MASK) {
      case Command.READ_RAM -> reply = ram[value & Command.ADDRESS_MASK];
      case Command.WRITE_RAM -> command = value;
      default -> controlCommand(value);
    }
  }

  private void controlCommand(int value) {
    switch (value) {
      case Command.DISABLE_AUX -> ram[0] |= Ctr.AUX_DISABLE;
      case Command.ENABLE_AUX -> ram[0] &= ~Ctr.AUX_DISABLE;
      case Command.DISABLE_KBD -> ram[0] |= Ctr.KBD_DISABLE;
      case Command.ENABLE_KBD -> ram[0] &= ~Ctr.KBD_DISABLE;
      case Command.TEST_AUX, Command.TEST_KBD -> reply = PORT_TEST_PASSED;
      case Command.SELF_TEST -> {
        writeCtr(ram[0] | Ctr.SYS);
        reply = SELF_TEST_PASSED;
      }
      case Command.READ_P1 -> reply = P1;
      case Command.READ_P2 -> reply = outputPort();
      case Command.WRITE_P2, Command.WRITE_KBD_OBF, Command.WRITE_AUX_OBF, Command.WRITE_AUX ->
          command = value;
      case Command.CLOSE_A20 -> writeP2(p2 & ~P2.A20);
      case Command.OPEN_A20 -> writeP2(p2 | P2.A20);
      case Command.READ_TEST -> reply = 0;
      default -> {
        // F0-FF pulse the bits of P2 that are 0 in the command; only reset leads anywhere.
        if (value >= Command.PULSE && (value & P2.NO_RESET) == 0) {
          cpuReset.run();
        }
      }
    }
  }

  private void parameter(int pending, int value) {
    switch (pending) {
      case Command.NONE -> {
        ram[0] &= ~Ctr.KBD_DISABLE; // as on the chip: a byte for the keyboard enables it
        send(keyboard, value, 0);
      }
      case Command.WRITE_AUX -> {
        ram[0] &= ~Ctr.AUX_DISABLE;
        send(aux, value, Str.AUX_OBF);
      }
      case Command.WRITE_P2 -> writeP2(value);
      case Command.WRITE_KBD_OBF -> reply = value;
      case Command.WRITE_AUX_OBF -> reply = value | Str.AUX_OBF << 8;
      case Command.WRITE_RAM -> writeCtr(value);
      default -> ram[pending & Command.ADDRESS_MASK] = value; // the rest of WRITE_RAM
    }
  }

  private void send(Ps2Device device, int value, int from) {
    if (!device.receive(value)) {
      reply = NO_ANSWER | (from | Str.TIMEOUT) << 8;
    }
  }

  private void writeCtr(int value) {
    ram[0] = value;
    status = (value & Ctr.SYS) != 0 ? status | Str.SYS : status & ~Str.SYS;
  }

  private void writeP2(int value) {
    p2 = value & P2.WRITABLE | P2.NO_RESET;
    a20.set((p2 & P2.A20) != 0);
    if ((value & P2.NO_RESET) == 0) {
      cpuReset.run();
    }
  }

  private int outputPort() {
    if ((status & Str.OBF) == 0) {
      return p2;
    }
    return p2 | ((status & Str.AUX_OBF) != 0 ? P2.AUX_OBF : P2.KBD_OBF);
  }

  /** A device has input. Its own monitor is not held. */
  private synchronized void deviceReady() {
    fill();
  }

  /** Fills the output buffer, if it is empty, from whoever has something. */
  private void fill() {
    if ((status & Str.OBF) == 0) {
      int next = next();
      if (next != EMPTY) {
        data = next & 0xff;
        status |= Str.OBF | next >> 8;
      }
    }
    drive();
  }

  private int next() {
    int next = reply;
    reply = EMPTY;
    if (next == EMPTY && (ram[0] & Ctr.KBD_DISABLE) == 0) {
      next = fromKeyboard();
    }
    if (next == EMPTY && (ram[0] & Ctr.AUX_DISABLE) == 0) {
      int value = aux.transmit();
      next = value == EMPTY ? EMPTY : value | Str.AUX_OBF << 8;
    }
    return next;
  }

  /** The keyboard appends a key's codes in one go, so what follows the prefix is there. */
  private int fromKeyboard() {
    int value = keyboard.transmit();
    if ((ram[0] & Ctr.XLATE) == 0 || value == EMPTY) {
      return value;
    }
    if (value != ScanCodes.BREAK) {
      return ScanCodes.toSet1(value);
    }
    int code = keyboard.transmit();
    return code == EMPTY ? EMPTY : ScanCodes.toSet1(code) | RELEASED;
  }

  /** The one place that moves the interrupt lines; A20 moves only with P2. */
  private void drive() {
    boolean full = (status & Str.OBF) != 0;
    boolean fromAux = (status & Str.AUX_OBF) != 0;
    kbdIrq.set(full && !fromAux && (ram[0] & Ctr.KBD_INT) != 0);
    auxIrq.set(full && fromAux && (ram[0] & Ctr.AUX_INT) != 0);
  }

  @Override
  public synchronized State save() {
    List<Integer> bytes = Arrays.stream(ram).boxed().toList();
    return new State(VERSION, bytes, p2, status, data, command, reply);
  }

  @Override
  public synchronized void restore(State state) {
    int statusBits = Str.OBF | Str.SYS | Str.CD | Str.UNLOCKED | Str.AUX_OBF | Str.TIMEOUT;
    StateCheck check = new StateCheck("i8042");
    check.version(VERSION, state.version);
    check.that(state.ram.size() == RAM_SIZE, "ram size", state.ram.size());
    state.ram.forEach(value -> check.bits("ram", value, 0xff));
    check.bits("p2", state.p2, P2.WRITABLE);
    check.bits("status", state.status, statusBits);
    check.bits("data", state.data, 0xff);
    check.bits("command", state.command, 0xff);
    int replyBits = (Str.AUX_OBF | Str.TIMEOUT) << 8 | 0xff;
    check.bits("reply", state.reply == EMPTY ? 0 : state.reply, replyBits);
    Arrays.setAll(ram, state.ram::get);
    p2 = state.p2;
    status = state.status;
    data = state.data;
    command = state.command;
    reply = state.reply;
    a20.set((p2 & P2.A20) != 0);
    drive();
  }
}
