package org.jvmm.devices.ide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.core.backend.BlockError;
import org.jvmm.core.bus.PortDevice;
import org.jvmm.devices.drive.DriveEvents;
import org.jvmm.devices.drive.ErrorPolicy;
import org.jvmm.testkit.BusFuzz;
import org.jvmm.testkit.HeapDisk;
import org.jvmm.testkit.ServedDisk;

/** A hostile guest. */
final class IdeFuzzTest {
  private static final int ACCESSES = 60_000;

  private final HeapDisk disk = new HeapDisk(1 << 20);
  private final HeapDisk disc = new HeapDisk(1 << 20);

  /** Which ports are shot at; commands are made likely where they are. */
  enum Target {
    COMMAND_BLOCK,
    BUS_MASTER,
    CONTROL
  }

  private PortDevice device(IdeRig rig, Target target) {
    return switch (target) {
      case COMMAND_BLOCK -> rig.channel;
      case BUS_MASTER -> rig.channel.busMasterPorts();
      case CONTROL -> rig.channel.controlPort();
    };
  }

  @ParameterizedTest
  @EnumSource(Target.class)
  void randomAccessesDoNoHarm(Target target) {
    AtaDisk master = IdeRig.disk(disk);
    CdRom slave = IdeRig.cd(disc);
    try (IdeRig rig = new IdeRig(master, slave)) {
      int ports = target == Target.CONTROL ? 1 : 8;
      BusFuzz.ports(device(rig, target), ports, target == Target.CONTROL ? 1 : 4)
          .seed(target.ordinal())
          .beside(random -> somethingElse(rig, slave, random))
          .run(ACCESSES);
      assertStillWorks(rig);
    }
  }

  /** Plausible commands with tables that point anywhere, a host that fails, discs that change. */
  private void somethingElse(IdeRig rig, CdRom cd, Random random) {
    switch (random.nextInt(8)) {
      case 0 -> disk.fail(random.nextInt(4) == 0 ? BlockError.IO : null, 0);
      case 1 -> rig.ports.write(IdeRig.MASTER, 1, random.nextInt(16));
      case 2 -> hostilePrds(rig, random);
      case 3 ->
          rig.command(
              COMMANDS[random.nextInt(COMMANDS.length)], random.nextInt(2048), random.nextInt(256));
      case 4 -> rig.out(AtaRegister.DEVICE, random.nextInt(256));
      case 5 -> moveDisc(cd, random);
      case 6 -> sendPacket(rig, random);
      default -> {
        disk.completeAll();
        disc.completeAll();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Target.class)
  void noAccessHarmsAHostThatReachesMemory(Target target) {
    ServedDisk served = new ServedDisk(disk);
    AtaDisk drive =
        new AtaDisk(
            served, IdeRig.identity(DriveIdentity.DISK_MODEL), ErrorPolicy.USUAL, DriveEvents.NONE);
    try (IdeRig rig = new IdeRig(drive, null)) {
      BusFuzz.ports(device(rig, target), target == Target.CONTROL ? 1 : 8, 4)
          .seed(target.ordinal())
          .beside(
              random -> {
                if (random.nextInt(4) == 0) {
                  hostilePrds(rig, random);
                } else {
                  int command = COMMANDS[random.nextInt(COMMANDS.length)];
                  rig.command(command, random.nextInt(2048), random.nextInt(256));
                }
              })
          .run(ACCESSES);
      rig.control(4);
      rig.control(0);
      rig.stopDma();
      served.close();
      rig.select(0);
      assertEquals(IdeRig.GOOD, rig.status());
    }
  }

  private static final int[] COMMANDS = {
    0xc8, 0xca, 0x25, 0x35, 0x20, 0x30, 0xc4, 0xc5, 0x29, 0x39, 0x24, 0x34, 0x06, 0xe7, 0xec, 0xa0,
    0x40, 0xb0, 0xef, 0xc6
  };

  private static void hostilePrds(IdeRig rig, Random random) {
    int table =
        switch (random.nextInt(4)) {
          case 0 -> 0xfee0_0000;
          case 1 -> 0xffff_fff8;
          case 2 -> IdeRig.RAM - 8;
          default -> 0x2_0000 - 8 * random.nextInt(64);
        };
    for (int i = 0; i < 64; i++) {
      long at = (table & 0xffff_ffffL) + 8L * i;
      rig.memory.write32(at, random.nextInt(3) == 0 ? table : random.nextInt());
      int count = random.nextInt(3) == 0 ? 0 : random.nextInt(0x1_0000);
      rig.memory.write32(at + 4, count | (random.nextInt(32) == 0 ? 1 << 31 : 0));
    }
    rig.ports.write(IdeRig.MASTER + 4, 4, table);
    rig.ports.write(IdeRig.MASTER, 1, random.nextBoolean() ? 9 : 1);
  }

  private void moveDisc(CdRom cd, Random random) {
    if (random.nextBoolean()) {
      cd.remove(random.nextBoolean());
    } else {
      cd.insert(disc);
    }
  }

  private static void sendPacket(IdeRig rig, Random random) {
    rig.out(AtaRegister.DEVICE, 0x10);
    rig.out(AtaRegister.FEATURES, random.nextInt(2));
    rig.out(AtaRegister.LBA_MID, random.nextInt(256));
    rig.out(AtaRegister.LBA_HIGH, random.nextInt(256));
    rig.out(AtaRegister.COMMAND, AtaCommand.PACKET);
    int[] codes = {0x28, 0xa8, 0xbe, 0x43, 0x46, 0x4a, 0x5a, 0x1b, 0x1e, 0x12, 0x03, 0x42, 0x52};
    byte[] packet = new byte[12];
    random.nextBytes(packet);
    packet[0] = (byte) codes[random.nextInt(codes.length)];
    if (random.nextBoolean()) {
      packet[2] = 0;
      packet[3] = 0;
      packet[4] = 0;
      packet[6] = 0;
    }
    rig.dataOut(packet);
  }

  /** After a reset the drive reads and writes as if nothing had been. */
  private void assertStillWorks(IdeRig rig) {
    disk.fail(null, 0);
    rig.control(4);
    disk.completeAll();
    disc.completeAll();
    rig.control(0);
    rig.ports.write(IdeRig.MASTER, 1, 0);
    rig.select(0);
    assertEquals(IdeRig.GOOD, rig.status());
    rig.command(AtaCommand.READ_SECTORS, 3, 1);
    disk.completeAll();
    assertEquals(IdeRig.DATA, rig.status());
    rig.dataIn(512);
    assertEquals(IdeRig.GOOD, rig.status());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 0x1_0000 - 8, 0x7f_fff8, 0xfee0_0000, -8})
  void aTableOfEmptyDescriptorsWithoutEndIsLeft(int table) {
    try (IdeRig rig = new IdeRig(IdeRig.disk(disk), null)) {
      rig.ports.write(IdeRig.MASTER + 4, 4, table);
      rig.commandExt(AtaCommand.READ_DMA_EXT, 0, 2048);
      rig.startDma(true);
      disk.completeAll();
      assertTrue((rig.alternateStatus() & 0x89) == 0, "the drive is idle");
    }
  }
}
