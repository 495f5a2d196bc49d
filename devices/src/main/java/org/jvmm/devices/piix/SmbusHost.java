package org.jvmm.devices.piix;

import java.util.Arrays;
import java.util.List;
import org.jvmm.core.bus.PortDevice;
import org.jvmm.core.device.Resettable;
import org.jvmm.core.device.Snapshotable;
import org.jvmm.core.device.StateCheck;

/**
 * The PIIX4's SMBus host controller (82371AB section 7.4) with nothing on its bus: every
 * transaction ends at once with a device error, as no address is acknowledged. It never interrupts.
 */
public final class SmbusHost implements PortDevice, Resettable, Snapshotable<SmbusHost.State> {
  /** Number of ports; they are byte wide. */
  public static final int PORTS = 16;

  private static final int SMBHSTSTS = 0, SMBHSTCNT = 2, SMBHSTCMD = 3, SMBHSTADD = 4;
  private static final int SMBHSTDAT0 = 5, SMBHSTDAT1 = 6, SMBBLKDAT = 7;

  /** Host status: device error; and the bits that ones clear. */
  private static final int DEV_ERR = 1 << 2, STATUS = 0x1E;

  /** Host control: start, which reads 0, and kill. */
  private static final int START = 1 << 6, CONTROL = 0x1F;

  private static final int REGISTERS = 8, VERSION = 1;

  private final int[] registers = new int[REGISTERS];

  /** The first eight registers. */
  public record State(int version, List<Integer> registers) {
    public State {
      registers = List.copyOf(registers);
    }
  }

  @Override
  public synchronized void reset() {
    Arrays.fill(registers, 0);
  }

  @Override
  public int read(int offset, int size) {
    return offset < REGISTERS ? registers[offset] : 0;
  }

  @Override
  public void write(int offset, int size, int value) {
    switch (offset) {
      case SMBHSTSTS -> registers[SMBHSTSTS] &= ~(value & STATUS);
      case SMBHSTCNT -> {
        registers[SMBHSTCNT] = value & CONTROL;
        if ((value & START) != 0) {
          registers[SMBHSTSTS] |= DEV_ERR;
        }
      }
      case SMBHSTCMD, SMBHSTADD, SMBHSTDAT0, SMBHSTDAT1, SMBBLKDAT -> registers[offset] = value;
      default -> {} // the slave interface is not emulated
    }
  }

  @Override
  public synchronized State save() {
    return new State(VERSION, Arrays.stream(registers).boxed().toList());
  }

  @Override
  public synchronized void restore(State state) {
    StateCheck check = new StateCheck("smbus");
    check.version(VERSION, state.version);
    check.that(state.registers.size() == REGISTERS, "registers", state.registers.size());
    state.registers.forEach(value -> check.bits("register", value, 0xFF));
    Arrays.setAll(registers, state.registers::get);
  }
}
