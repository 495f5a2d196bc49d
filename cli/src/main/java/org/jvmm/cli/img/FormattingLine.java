package org.jvmm.cli.img;

import java.util.List;
import java.util.Map;
import org.jvmm.block.CreateOptions;
import org.jvmm.block.ImageException;

/** The line that {@code create} prints: the options that count, in the order of qemu-img's. */
final class FormattingLine {
  private static final Map<String, List<String>> OPTIONS =
      Map.of(
          "raw", List.of("size", "preallocation"),
          "qcow2",
              List.of(
                  "cluster_size=65536",
                  "extended_l2=off",
                  "preallocation",
                  "compression_type=zlib",
                  "size",
                  "compat",
                  "backing_file",
                  "backing_fmt",
                  "lazy_refcounts=off",
                  "refcount_bits=16"),
          "vmdk",
              List.of(
                  "size",
                  "adapter_type",
                  "backing_file",
                  "backing_fmt",
                  "compat6=off",
                  "hwversion=undefined",
                  "subformat",
                  "toolsversion",
                  "zeroed_grain"),
          "vdi", List.of("size", "static=off"),
          "vpc", List.of("size", "subformat", "force_size"));

  private FormattingLine() {}

  static String of(String file, String format, long size, Map<String, String> given)
      throws ImageException {
    StringBuilder line = new StringBuilder("Formatting '%s', fmt=%s".formatted(file, format));
    for (String each : OPTIONS.getOrDefault(format, List.of("size"))) {
      int equals = each.indexOf('=');
      String name = equals < 0 ? each : each.substring(0, equals);
      String value = given.getOrDefault(name, equals < 0 ? null : each.substring(equals + 1));
      if (name.equals("size")) {
        value = Long.toString(size);
      } else if (name.equals("cluster_size")) {
        value = Long.toString(CreateOptions.parseSize(name, value));
      }
      if (value != null) {
        line.append(' ').append(name).append('=').append(value);
      }
    }
    return line.toString();
  }
}
