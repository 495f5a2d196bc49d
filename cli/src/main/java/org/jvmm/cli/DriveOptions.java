package org.jvmm.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** Options about drives. */
final class DriveOptions {
  @Option(
      names = {"-hda"},
      paramLabel = "FILE",
      description = "first IDE disk; -hdb, -hdc, -hdd are the others")
  String hda;

  @Option(names = "-hdb", paramLabel = "FILE", hidden = true)
  String hdb;

  @Option(names = "-hdc", paramLabel = "FILE", hidden = true)
  String hdc;

  @Option(names = "-hdd", paramLabel = "FILE", hidden = true)
  String hdd;

  @Option(names = "-cdrom", paramLabel = "FILE", description = "CD-ROM, in -hdc's place")
  String cdrom;

  @Option(names = "-fda", paramLabel = "FILE", description = "first floppy disk; -fdb is the other")
  String fda;

  @Option(names = "-fdb", paramLabel = "FILE", hidden = true)
  String fdb;

  @Option(
      names = "-drive",
      paramLabel = "SPEC",
      description =
          "file=FILE with if=ide|floppy|none,index=N,bus=N,unit=N,media=disk|cdrom,format=NAME,"
              + "cache=MODE,readonly=on|off,snapshot=on|off,werror=,rerror=,serial=,id=")
  List<String> drives = new ArrayList<>();

  @Option(
      names = "-blockdev",
      paramLabel = "SPEC",
      description =
          "driver=FORMAT,node-name=ID,file.filename=FILE: an image for -device ide-hd,drive=ID")
  List<String> nodes = new ArrayList<>();

  @Option(names = "-snapshot", description = "forget what is written to the drives at the end")
  boolean snapshot;
}
