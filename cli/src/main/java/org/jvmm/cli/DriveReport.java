package org.jvmm.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jvmm.block.BlockCounts;
import org.jvmm.block.BlockWorker;
import org.jvmm.block.OpenOptions;
import org.jvmm.cli.img.ImageReport;
import org.jvmm.devices.drive.RemovableDrive;

/** What the monitor tells of drives, as QEMU writes it. */
final class DriveReport {
  private final HostDrives drives;

  DriveReport(HostDrives drives) {
    this.drives = drives;
  }

  /**
   * A drive and what is in it.
   *
   * @param detailed with all that {@code img info} says
   */
  String block(DriveConfig drive, Optional<RemovableDrive> removable, boolean detailed)
      throws IOException {
    Optional<ImageReport> image = image(drive);
    StringBuilder text = new StringBuilder(drive.id()).append(": ");
    if (image.isEmpty()) {
      text.append("[not inserted]\n");
    } else {
      String access = drive.readOnly() ? ", read-only" : drive.snapshot() ? ", snapshot" : "";
      text.append("%s (%s%s)%n".formatted(drive.file(), image.get().format(), access));
    }
    text.append("    Attached to:      %s%n".formatted(drive.place()));
    if (image.isPresent()) {
      text.append("    Cache mode:       %s%n".formatted(drive.cache()));
    }
    removable.ifPresent(
        slot ->
            text.append(
                "    Removable device: %s, tray %s%n"
                    .formatted(
                        slot.isLocked() ? "locked" : "not locked",
                        slot.open() ? "open" : "closed")));
    image
        .map(ImageReport::backingName)
        .ifPresent(name -> text.append("    Backing file:     %s%n".formatted(name)));
    if (detailed && image.isPresent()) {
      text.append("\nImages:\n").append(printed(image.get()::print));
    }
    return text.toString();
  }

  /** What a drive's requests came to. */
  String counts(DriveConfig drive) {
    BlockCounts counts = drives.worker(drive).map(BlockWorker::counts).orElse(null);
    if (counts == null) {
      return "";
    }
    return ("%s: rd_bytes=%d wr_bytes=%d rd_operations=%d wr_operations=%d flush_operations=%d"
            + " unmap_operations=%d failed_operations=%d wr_total_time_ns=%d rd_total_time_ns=%d"
            + " flush_total_time_ns=%d%n")
        .formatted(
            drive.id(),
            counts.bytesRead(),
            counts.bytesWritten(),
            counts.reads(),
            counts.writes(),
            counts.flushes(),
            counts.discards(),
            counts.failed(),
            counts.writeNanos(),
            counts.readNanos(),
            counts.flushNanos());
  }

  /** The internal snapshots of a drive's image; empty without any. */
  String snapshots(DriveConfig drive) throws IOException {
    Optional<ImageReport> image = image(drive);
    return image.isEmpty() || image.get().snapshots().isEmpty()
        ? ""
        : drive.id() + ": " + printed(out -> ImageReport.print(image.get().snapshots(), out));
  }

  /** The drive's file as it is, while no request is under way; the lock on it is our own. */
  private Optional<ImageReport> image(DriveConfig drive) throws IOException {
    Optional<BlockWorker> worker = drives.worker(drive);
    if (worker.isEmpty()) {
      return Optional.empty();
    }
    OpenOptions how = OpenOptions.READ_ONLY.withLocked(false);
    return Optional.of(
        worker.get().call(image -> ImageReport.of(HostDrives.name(drive), drive.format(), how)));
  }

  /** Prints what it is asked for. */
  private interface Printer {
    void print(PrintStream out);
  }

  private static String printed(Printer printer) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    printer.print(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
