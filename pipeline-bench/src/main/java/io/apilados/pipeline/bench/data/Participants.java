// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.data;

import java.io.IOException;
import java.io.Writer;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Makes up rows of participants, about 150 bytes each, and the catalog of their schools. One seed, so that two files of
 * the same settings are the same.
 */
public final class Participants {

    /** The columns of a row. */
    public static final List<String> COLUMNS = List.of(
            "id",
            "cct",
            "nombre",
            "primer_apellido",
            "segundo_apellido",
            "edad",
            "sexo",
            "curp",
            "entidad",
            "programa",
            "implementacion",
            "ciclo_escolar",
            "periodo_de_implementacion",
            "email",
            "mod1",
            "mod2",
            "mod3",
            "asist_1",
            "asist_2",
            "asist_3",
            "asist_4",
            "asist_5",
            "asist_6");

    /** Where the key of the school stands in a row. */
    public static final int KEY_COLUMN = 1;

    /** The id of the first school of the catalog. */
    public static final int FIRST_ID = 1000;

    /** What is wrong with the rows. */
    public enum Quality {
        /** Nothing, and no field is quoted. */
        PLAIN(0, 0, 0),
        /** Nothing; 2 % of the rows have a quoted field. */
        CLEAN(0.02, 0, 0),
        /** 2 % of the rows have a quoted field, the key of 0.5 % is unknown, and 0.1 % lack a field. */
        AS_FOUND(0.02, 0.005, 0.001);

        private final double quoted;
        private final double unknown;
        private final double malformed;

        Quality(double quoted, double unknown, double malformed) {
            this.quoted = quoted;
            this.unknown = unknown;
            this.malformed = malformed;
        }
    }

    /**
     * What was written.
     *
     * @param deliverable rows that have all fields and a known key
     * @param unknownKeys rows that have all fields and a key that is not in the catalog
     * @param malformed rows that lack a field
     * @param characters how many there are in the fields, without quotes, of all rows but the header
     */
    public record Written(int deliverable, int unknownKeys, int malformed, long characters) {}

    private static final String[] NAMES = {
        "Ana", "José Luis", "María", "Itzel", "Ramón", "Sofía", "Juan Pablo", "Yolanda", "Íñigo", "Xóchitl"
    };
    private static final String[] SURNAMES = {
        "Hernández", "García", "Núñez", "López", "Peña", "Ruiz", "Cruz", "Gómez", "Aké", "Muñoz"
    };
    private static final String[] STATES = {"Oaxaca", "Yucatán", "Nuevo León", "Puebla", "Michoacán"};
    private static final String[] PROGRAMMES = {"Lectura", "Cálculo", "Ciencia"};
    private static final String ABSENT = "NA";

    private final List<String> schools;

    /** Participants of so many schools. */
    public Participants(int schools) {
        this.schools = CatalogKeys.random(schools);
    }

    /** Writes the catalog: the columns {@code id} and {@code clave}. */
    public void writeCatalog(Writer out) throws IOException {
        out.write("id,clave\n");
        for (int i = 0; i < schools.size(); i++) {
            out.write(FIRST_ID + i + "," + schools.get(i) + "\n");
        }
    }

    /** Writes a header and so many rows. */
    public Written writeRows(Writer out, int rows, Quality quality) throws IOException {
        SplittableRandom random = new SplittableRandom(23);
        out.write(String.join(",", COLUMNS) + "\n");
        int unknown = 0;
        int malformed = 0;
        long characters = 0;
        for (int number = 0; number < rows; number++) {
            String[] row = row(number, random);
            int fields = row.length;
            if (random.nextDouble() < quality.malformed) {
                malformed++;
                fields--;
            } else if (random.nextDouble() < quality.unknown) {
                unknown++;
                // There is no state 99.
                row[KEY_COLUMN] = "99" + row[KEY_COLUMN].substring(2);
            }
            if (random.nextDouble() < quality.quoted) {
                row[2] = awkward(row[2], random);
            }
            characters += write(out, row, fields);
        }
        return new Written(rows - unknown - malformed, unknown, malformed, characters);
    }

    private String[] row(int number, SplittableRandom random) {
        String name = any(NAMES, random);
        String[] row = new String[COLUMNS.size()];
        row[0] = "P" + (10_000_000 + number);
        row[KEY_COLUMN] = schools.get(random.nextInt(schools.size()));
        row[2] = name;
        row[3] = any(SURNAMES, random);
        row[4] = random.nextInt(30) == 0 ? ABSENT : any(SURNAMES, random);
        row[5] = String.valueOf(6 + random.nextInt(60));
        row[6] = random.nextBoolean() ? "F" : "M";
        row[7] = curp(random);
        row[8] = any(STATES, random);
        row[9] = any(PROGRAMMES, random);
        row[10] = row[9] + " " + (1 + random.nextInt(3));
        row[11] = "2025-2026";
        row[12] = "Periodo " + (1 + random.nextInt(2));
        row[13] = "p" + number + "@escuela.example";
        for (int i = 14; i < 17; i++) {
            row[i] = random.nextInt(5) == 0 ? ABSENT : random.nextInt(10) + "." + random.nextInt(10);
        }
        for (int i = 17; i < row.length; i++) {
            row[i] = random.nextInt(10) == 0 ? ABSENT : String.valueOf(random.nextInt(2));
        }
        return row;
    }

    private static String any(String[] values, SplittableRandom random) {
        return values[random.nextInt(values.length)];
    }

    private static String curp(SplittableRandom random) {
        StringBuilder text = new StringBuilder(18);
        for (int i = 0; i < 18; i++) {
            boolean digit = (i >= 4 && i < 10) || i >= 16;
            text.append((char) (digit ? '0' + random.nextInt(10) : 'A' + random.nextInt(26)));
        }
        return text.toString();
    }

    /** A value that has to be quoted: for a comma mostly, for quotes of its own, now and then for a line's end. */
    private static String awkward(String value, SplittableRandom random) {
        int kind = random.nextInt(20);
        if (kind == 0) {
            return value + "\n(bis)";
        }
        return kind < 6 ? value + " \"Chucho\"" : value + ", hijo";
    }

    private static long write(Writer out, String[] row, int fields) throws IOException {
        long characters = 0;
        for (int i = 0; i < fields; i++) {
            if (i > 0) {
                out.write(',');
            }
            String value = row[i];
            characters += value.length();
            boolean quoted = value.indexOf(',') >= 0 || value.indexOf('"') >= 0 || value.indexOf('\n') >= 0;
            out.write(quoted ? "\"" + value.replace("\"", "\"\"") + "\"" : value);
        }
        out.write('\n');
        return characters;
    }
}
