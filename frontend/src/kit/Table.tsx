/** Rows of the same kind in columns, with their loading and empty states. */
import { type ReactNode } from "react";
import { cx } from "./cx";
import { Skeleton } from "./Skeleton";
import styles from "./Table.module.css";

export interface Column<Row> {
  id: string;
  header: ReactNode;
  cell: (row: Row) => ReactNode;
  align?: "start" | "end";
  /** Any CSS width. */
  width?: string;
  /** Left out on narrow screens. */
  minor?: boolean;
}

export interface TableProps<Row> {
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  label: string;
  onOpen?: (row: Row) => void;
  selectedKey?: string | undefined;
  loading?: boolean;
  empty?: ReactNode;
}

const BONES = [0, 1, 2, 3];

export function Table<Row>({ columns, rows, rowKey, label, onOpen, selectedKey, loading = false, empty }: TableProps<Row>) {
  if (!loading && rows.length === 0 && empty) return <>{empty}</>;
  return (
    <div className={styles.scroll}>
      <table className={styles.table} aria-label={label} aria-busy={loading || undefined}>
        <thead>
          <tr>{columns.map((column) => <th key={column.id} scope="col" className={cellClass(column)} style={{ width: column.width }}>{column.header}</th>)}</tr>
        </thead>
        <tbody>
          {loading && BONES.map((bone) => <tr key={bone}>{columns.map((column) => <td key={column.id} className={cellClass(column)}><Skeleton width={bone % 2 ? "60%" : "80%"} /></td>)}</tr>)}
          {!loading && rows.map((row) => (
            <TableRow key={rowKey(row)} row={row} columns={columns} onOpen={onOpen} selected={rowKey(row) === selectedKey} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function TableRow<Row>({ row, columns, onOpen, selected }: { row: Row; columns: readonly Column<Row>[]; onOpen: ((row: Row) => void) | undefined; selected: boolean }) {
  const opens = onOpen
    ? { tabIndex: 0, onClick: () => onOpen(row), onKeyDown: (event: React.KeyboardEvent) => event.key === "Enter" && event.target === event.currentTarget && onOpen(row) }
    : {};
  return (
    <tr className={cx(onOpen && styles.opens, selected && styles.selected)} aria-selected={selected || undefined} {...opens}>
      {columns.map((column) => <td key={column.id} className={cellClass(column)}>{column.cell(row)}</td>)}
    </tr>
  );
}

function cellClass<Row>(column: Column<Row>): string {
  return cx(column.align === "end" && styles.end, column.minor && styles.minor);
}
