package org.jvmm.softcpu.isa;

import java.util.ArrayList;
import java.util.List;

/**
 * The instruction table: every encoding that the CPU knows. The rows stand in the classes named
 * {@code *Rows}, one for each part of the opcode space; decoder, disassembler, execution and
 * generated tests all read this table.
 */
public final class OpTable {
  private static final String[] SOURCES = {
    OneByteRows.TEXT,
    TwoByteRows.TEXT,
    X87Rows.TEXT,
    SseRows.TEXT,
    SseIntegerRows.TEXT,
    ExtendedRows.TEXT
  };

  private static final OpTable TABLE = new OpTable();

  private final List<Op> rows = new ArrayList<>(2048);

  /** [map << 8 | opcode]: the rows that share an opcode, the most particular ones first. */
  private final Op[][] byOpcode = new Op[4 * 256][];

  private OpTable() {
    for (String source : SOURCES) {
      source.lines().filter(line -> !line.isBlank() && !line.startsWith("#")).forEach(this::add);
    }
  }

  /** All rows. */
  public static List<Op> rows() {
    return List.copyOf(TABLE.rows);
  }

  /** Number of rows; ids are below it. */
  public static int size() {
    return TABLE.rows.size();
  }

  /** The rows of an opcode, to be tried in order, or null. */
  static Op[] candidates(int map, int opcode) {
    return TABLE.byOpcode[map << 8 | opcode];
  }

  private void add(String line) {
    OpSpec spec = OpSpec.parse(line);
    String name = spec.mnemonic;
    int first = spec.opcode;
    for (int i = 0; i < spec.span; i++) {
      spec.mnemonic = name;
      spec.mnemonic = spec.mnemonicOf(i);
      spec.opcode = first + i;
      Op op = new Op(rows.size(), spec);
      rows.add(op);
      insert(op);
    }
  }

  private void insert(Op op) {
    int key = op.map << 8 | op.opcode;
    Op[] old = byOpcode[key];
    Op[] grown = new Op[old == null ? 1 : old.length + 1];
    // A row for one whole ModRM byte comes before the row for its group.
    int at = op.rm != Op.ANY || old == null ? 0 : old.length;
    for (int i = 0; i < grown.length; i++) {
      grown[i] = i == at ? op : old[i < at ? i : i - 1];
    }
    byOpcode[key] = grown;
  }
}
