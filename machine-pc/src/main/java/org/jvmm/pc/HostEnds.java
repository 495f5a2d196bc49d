package org.jvmm.pc;

import java.util.List;
import java.util.function.Consumer;
import org.jvmm.core.backend.CharBackend;
import org.jvmm.core.mem.RamAllocator;
import org.jvmm.pc.boot.VmlinuxCache;

/**
 * What a PC stands on at the host's side. They outlive the machine.
 *
 * @param ram where RAM comes from
 * @param serials the far ends of COM1, COM2...: up to four; null leaves a port out
 * @param debugcon where port 0xE9 writes to, or null
 * @param kernels where unpacked kernels are kept
 * @param drives what is on the IDE channels
 * @param floppies the floppy drives
 * @param cards the network cards
 * @param notices what the user is to be told while the machine runs, a line each
 */
public record HostEnds(
    RamAllocator ram,
    List<CharBackend> serials,
    CharBackend debugcon,
    VmlinuxCache kernels,
    List<IdeDrive> drives,
    List<Floppy> floppies,
    List<NetCard> cards,
    Consumer<String> notices) {
  public HostEnds {
    drives = List.copyOf(drives);
    floppies = List.copyOf(floppies);
    cards = List.copyOf(cards);
  }

  /** Ends without drives. */
  public HostEnds(
      RamAllocator ram, List<CharBackend> serials, CharBackend debugcon, VmlinuxCache kernels) {
    this(ram, serials, debugcon, kernels, List.of(), List.of(), List.of(), notice -> {});
  }
}
