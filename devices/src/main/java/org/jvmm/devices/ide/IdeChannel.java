package org.jvmm.devices.ide;

import org.jvmm.core.bus.PortDevice;
import org.jvmm.core.bus.PortItems;
import org.jvmm.core.device.Resettable;
import org.jvmm.core.device.Snapshotable;
import org.jvmm.core.device.StateCheck;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.core.mem.GuestMemory;
import org.jvmm.devices.ide.AtaRegister.Control;
import org.jvmm.devices.ide.AtaRegister.Device;

/**
 * One IDE channel: the command block's eight ports, the control block's one port ({@link
 * #controlPort()}), the bus master's eight ({@link #busMasterPorts()}), and up to two drives, which
 * share the cable: both take what is written to the task file, the selected one answers.
 *
 * <p>Drives are saved by themselves, after the channel; when they are restored, memory has been,
 * for a transfer between host and memory goes on at once.
 */
public final class IdeChannel implements PortDevice, Resettable, Snapshotable<IdeChannel.State> {
  /** Ports of the command block; accesses are up to four bytes wide, the data port's at that. */
  public static final int PORTS = 8;

  /** Ports of the control block and of the bus master. */
  public static final int CONTROL_PORTS = 1, BUS_MASTER_PORTS = BusMaster.PORTS;

  private static final int VERSION = 1;
  private static final int EXECUTE_DEVICE_DIAGNOSTIC = 0x90;

  /**
   * Features to device: looked at when a command comes. Who selects a drive reads its status before
   * anything else (ATA/ATAPI-7 volume 2, host bus idle protocol).
   */
  private static final long PARAMETERS = (1 << AtaRegister.COMMAND) - (1 << AtaRegister.FEATURES);

  // Configuration
  private final Drive[] drives;
  private final boolean empty;

  // Glue
  private final IrqLine irq;
  private final BusMaster master;
  private final PortDevice control = new ControlPort();

  // Volatile state
  private int selected;
  private int deviceControl;
  private boolean line;
  private boolean off;

  /** The volatile state, without the drives'. */
  public record State(
      int version, int selected, int deviceControl, boolean line, BusMaster.State master) {}

  /**
   * A channel after reset.
   *
   * @param irq INTRQ
   * @param memory what the bus master reaches
   * @param device0 or null
   * @param device1 or null
   */
  public IdeChannel(IrqLine irq, GuestMemory memory, Drive device0, Drive device1) {
    this.irq = irq;
    this.master = new BusMaster(this, memory);
    this.empty = device0 == null && device1 == null;
    this.drives =
        new Drive[] {
          device0 == null ? new AbsentDrive() : device0,
          device1 == null ? new AbsentDrive() : device1
        };
    for (Drive drive : drives) {
      drive.attach(this);
      drive.reset();
    }
  }

  /** The control block: device control when written, alternate status when read. */
  public PortDevice controlPort() {
    return control;
  }

  /** The channel's half of the bus master's registers; accesses are up to four bytes wide. */
  public PortDevice busMasterPorts() {
    return master;
  }

  /** The PCI function's bus master enable bit; set at first. */
  public synchronized void enableBusMaster(boolean on) {
    master.enable(on);
  }

  /**
   * Cuts the drives off from the host: what is under way there ends unseen. When it returns,
   * nothing reaches the guest's memory any more, so that may be freed.
   */
  public synchronized void powerOff() {
    off = true;
    settle();
  }

  /** Waits until no drive's host end reaches the guest's memory. */
  void settle() {
    for (Drive drive : drives) {
      drive.settle();
    }
  }

  boolean isOff() {
    return off;
  }

  /** Whether there is no drive. */
  boolean isEmpty() {
    return empty;
  }

  @Override
  public long posted() {
    return empty ? 0 : PARAMETERS;
  }

  BusMaster busMaster() {
    return master;
  }

  private Drive selected() {
    return drives[selected];
  }

  /** The bus master has been started. */
  void runDma() {
    selected().runDma();
  }

  @Override
  public synchronized void reset() {
    selected = 0;
    deviceControl = 0;
    master.reset();
    for (Drive drive : drives) {
      drive.reset();
    }
    driveLine();
  }

  @Override
  public int read(int offset, int size) {
    if (offset == AtaRegister.DATA) {
      int value = selected().readData(Math.max(size, 2));
      return size == 1 ? value & 0xff : value;
    }
    int value = 0;
    for (int i = 0; i < size; i++) {
      value |= readRegister(offset + i) << 8 * i;
    }
    return value;
  }

  @Override
  public void read(int offset, int size, PortItems items) {
    if (offset == AtaRegister.DATA && size > 1) {
      selected().readData(size, items);
    } else {
      PortDevice.super.read(offset, size, items);
    }
  }

  @Override
  public void write(int offset, int size, PortItems items) {
    if (offset == AtaRegister.DATA && size > 1) {
      selected().writeData(size, items);
    } else {
      PortDevice.super.write(offset, size, items);
    }
  }

  private int readRegister(int register) {
    if (empty) {
      return 0;
    }
    Drive drive = selected();
    return switch (register) {
      case AtaRegister.FEATURES -> drive.error();
      case AtaRegister.DEVICE -> drive.regs.device;
      case AtaRegister.COMMAND -> {
        int status = drive.status();
        drive.acknowledge();
        driveLine();
        yield status;
      }
      default -> drive.regs.read(register, (deviceControl & Control.HOB) != 0);
    };
  }

  @Override
  public void write(int offset, int size, int value) {
    if (offset == AtaRegister.DATA) {
      selected().writeData(Math.max(size, 2), value);
      return;
    }
    for (int i = 0; i < size; i++) {
      writeRegister(offset + i, value >>> 8 * i & 0xff);
    }
  }

  private void writeRegister(int register, int value) {
    deviceControl &= ~Control.HOB;
    if (register == AtaRegister.COMMAND) {
      command(value);
    } else if (!selected().locked()) {
      for (Drive drive : drives) {
        drive.regs.write(register, value);
      }
      if (register == AtaRegister.DEVICE) {
        selected = (value & Device.DEV) != 0 ? 1 : 0;
        driveLine();
      }
    }
  }

  private void command(int code) {
    if (code != EXECUTE_DEVICE_DIAGNOSTIC) {
      selected().command(code);
      driveLine();
    } else if (!selected().locked()) {
      resetDrives();
      drives[0].raise();
    }
  }

  /** Both drives forget their command and show their signatures, drive 0 being selected. */
  private void resetDrives() {
    selected = 0;
    for (Drive drive : drives) {
      drive.assertReset();
      drive.regs.device = 0;
      drive.finishReset();
    }
    driveLine();
  }

  /** The one place that moves the interrupt line. */
  void driveLine() {
    boolean level = selected().intrq() && (deviceControl & Control.NIEN) == 0;
    if (level && !line) {
      master.interrupt();
    }
    line = level;
    irq.set(level);
  }

  private void writeControl(int value) {
    int old = deviceControl;
    deviceControl = value & (Control.NIEN | Control.SRST | Control.HOB);
    if ((value & Control.SRST) != 0) {
      for (Drive drive : drives) {
        drive.assertReset();
      }
    } else if ((old & Control.SRST) != 0) {
      resetDrives();
    }
    driveLine();
  }

  private final class ControlPort implements PortDevice {
    @Override
    public int read(int offset, int size) {
      synchronized (IdeChannel.this) {
        return empty ? 0 : selected().status();
      }
    }

    @Override
    public void write(int offset, int size, int value) {
      synchronized (IdeChannel.this) {
        writeControl(value);
      }
    }
  }

  @Override
  public synchronized State save() {
    return new State(VERSION, selected, deviceControl, line, master.save());
  }

  @Override
  public synchronized void restore(State state) {
    StateCheck check = new StateCheck("ide");
    check.version(VERSION, state.version);
    check.bits("selected", state.selected, 1);
    check.bits("deviceControl", state.deviceControl, Control.NIEN | Control.SRST | Control.HOB);
    BusMaster.check(check, state.master);
    selected = state.selected;
    deviceControl = state.deviceControl;
    line = state.line;
    master.restore(state.master);
    irq.set(line);
  }
}
