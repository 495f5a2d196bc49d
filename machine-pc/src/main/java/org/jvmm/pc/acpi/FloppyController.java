package org.jvmm.pc.acpi;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** A PC/AT's floppy controller with its drives (ACPI 6.5 section 9.9). */
public final class FloppyController {
  private static final int PLACES = 4;

  /** _FDE: whether there is a tape drive; 2 is unknown. */
  private static final int TAPE_UNKNOWN = 2;

  /**
   * The parameters that a PC/AT's BIOS has for 3.5 inch disks at interrupt 1Eh: SPECIFY's bytes,
   * motor delay, sector size, sectors, gaps, data length, filler, head settle time, motor start
   * time.
   */
  private static final int[] DISK_PARAMETERS = {
    0xAF, 0x02, 0x25, 0x02, 0x12, 0x1B, 0xFF, 0x6C, 0xF6, 0x0F, 0x08
  };

  private FloppyController() {}

  /**
   * The controller.
   *
   * @param port of its first register
   * @param dirPort of DIR
   * @param types of the drives from A on, as CMOS RAM has them; 0 where there is none
   */
  public static AcpiDevice device(int port, int dirPort, int irq, int dma, List<Integer> types) {
    List<byte[]> more = new ArrayList<>();
    ByteBuffer present = ByteBuffer.allocate(4 * (PLACES + 1)).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < PLACES; i++) {
      present.putInt(i < types.size() && types.get(i) != 0 ? 1 : 0);
    }
    present.putInt(TAPE_UNKNOWN);
    more.add(Aml.name("_FDE", Aml.buffer(present.array())));
    for (int i = 0; i < types.size(); i++) {
      if (types.get(i) != 0) {
        more.add(drive(i, types.get(i)));
      }
    }
    return new AcpiDevice(
        "FDC0",
        "PNP0700",
        0,
        List.of(
            AmlResource.io(port + 2, 4), // from DOR on: the status registers are PS/2's
            AmlResource.io(dirPort, 1),
            AmlResource.irq(irq),
            AmlResource.dma(dma)),
        more);
  }

  /** A drive: number, type, the last cylinder, sector and head that it takes, parameters. */
  private static byte[] drive(int number, int type) {
    int sectors =
        switch (type) {
          case 2 -> 15;
          case 4 -> 18;
          default -> 36;
        };
    int[] values = new int[5 + DISK_PARAMETERS.length];
    values[0] = number;
    values[1] = type;
    values[2] = 79;
    values[3] = sectors;
    values[4] = 1;
    System.arraycopy(DISK_PARAMETERS, 0, values, 5, DISK_PARAMETERS.length);
    byte[][] elements = new byte[values.length][];
    for (int i = 0; i < values.length; i++) {
      elements[i] = Aml.integer(values[i]);
    }
    return Aml.device(
        "FLP" + (char) ('A' + number),
        Aml.name("_ADR", Aml.integer(number)),
        Aml.name("_FDI", Aml.pack(elements)));
  }
}
