// A reference engine for one network: every layer in turn, every kept block once, @MULTIPLIERS@ multipliers at once.
//
// All that depends on the network is in the constants, in the table of layers and in the banks; README.md says what each
// file is, and address_map.txt where every block lies.
//
//   LOAD    one input code a cycle into the activation buffer
//   LAYER   pointers to the words of the layer
//   ROW     reads how many blocks the block row keeps; KEPT takes it
//   BIAS    reads the biases of the block row into its accumulators
//   COLUMN  reads the block column of the next kept block; FIRST takes it and reads the block's first words
//   SECOND  keeps them and reads those behind them
//   MAC     multiplies neighbouring weights of one row with neighbouring activations
//   WRITE   rounds, shifts and saturates; the output layer gives its sums as they are
//
// A cycle of MAC takes MULTIPLIERS weights, less at the end of a row, from a window of what was read last (wide) and what
// was read before that (low). The buffer has two halves: a layer reads one and writes the other. Each block column starts
// a word of MULTIPLIERS codes there, so one read feeds all multipliers.
`timescale 1ns / 1ps
`default_nettype none

module cgs_engine (
    input  wire clk,
    input  wire rst,                        // synchronous
    // One code in every cycle in which both are high, in the order of the network's inputs.
    input  wire in_valid,
    output wire in_ready,
    input  wire signed [@IN_TOP@:0] in_code,
    // One sum of the output layer in every cycle in which it is high, first to last.
    output reg  out_valid,
    output reg  signed [@SUM_TOP@:0] out_sum,
    // High for one cycle, with the last sum.
    output reg  done
);

@CONSTANTS@

    // The table of layers.
    reg [WORD_NUMBER_BITS-1:0] first_weight;      // first words of what the layer stores
    reg [WORD_NUMBER_BITS-1:0] first_column;
    reg [WORD_NUMBER_BITS-1:0] first_count;
    reg [WORD_NUMBER_BITS-1:0] first_bias;
    reg [DIM_BITS-1:0] last_block_row;
    reg [DIM_BITS-1:0] last_block_col;
    reg [DIM_BITS-1:0] full_rows;                 // rows of a block, and of one in the last block row
    reg [DIM_BITS-1:0] last_rows;
    reg [DIM_BITS-1:0] full_cols;                 // columns of a block, and of one in the last block column
    reg [DIM_BITS-1:0] last_cols;
    reg [WORD_NUMBER_BITS-1:0] words_inside;      // words of a block: inside, in the last column, row, in both
    reg [WORD_NUMBER_BITS-1:0] words_right;
    reg [WORD_NUMBER_BITS-1:0] words_bottom;
    reg [WORD_NUMBER_BITS-1:0] words_corner;
    reg [BUFFER_BITS-1:0] column_pitch;           // words of a block column in the activation buffer
    reg [DIM_BITS-1:0] next_cols;                 // columns of a block of the next layer
    reg stores_columns;                           // otherwise every block is kept
    reg stores_counts;                            // otherwise every block row keeps kept_per_row blocks
    reg [DIM_BITS-1:0] kept_per_row;
    reg [SHIFT_BITS-1:0] column_bits;             // bits of an entry, and of the entries of a word
    reg [SHIFT_BITS-1:0] column_end;
    reg [DIM_BITS-1:0] column_mask;
    reg [SHIFT_BITS-1:0] count_bits;
    reg [SHIFT_BITS-1:0] count_end;
    reg [DIM_BITS-1:0] count_mask;
    reg [SHIFT_BITS-1:0] bias_step;
    reg [SHIFT_BITS-1:0] bias_end;
    reg [PART_BITS-1:0] last_bias_part;           // a bias wider than a word lies in several
    reg [SUM_BITS-1:0] bias_mask;
    reg [SUM_BITS-1:0] bias_sign;
    reg [SHIFT_BITS-1:0] weight_bits;
    reg [SHIFT_BITS-1:0] word_span;               // bits of the weights of a word, and of the words read at once
    reg [SHIFT_BITS-1:0] wide_span;
    reg [FORMAT_BITS-1:0] format;
    reg is_signed;                                // whether the codes that the layer reads are
    reg is_output;
    reg [5:0] down_shift;
    reg signed [SUM_BITS-1:0] rounding;
    reg signed [SUM_BITS-1:0] largest_code;

    reg [LAYER_BITS-1:0] layer;
    always @* begin
        case (layer)
@LAYERS@
        endcase
    end

    localparam [3:0] LOAD = 0, LAYER = 1, ROW = 2, KEPT = 3, BIAS = 4;
    localparam [3:0] COLUMN = 5, FIRST = 6, SECOND = 7, MAC = 8, WRITE = 9;
    reg [3:0] state;

    reg [DIM_BITS-1:0] in_count;                  // inputs loaded
    reg [DIM_BITS-1:0] block_row;
    reg [DIM_BITS-1:0] kept_left;                 // blocks of the block row that are still to do
    reg [DIM_BITS-1:0] dense_col;                 // block column where every block is kept
    reg [DIM_BITS-1:0] row;                       // row of the block
    reg [DIM_BITS-1:0] cols;                      // columns of the block
    reg [DIM_BITS-1:0] left;                      // columns of the row that are still to do
    reg [WORD_NUMBER_BITS-1:0] block_words;

    // Pointers into the banks: a word, and a bit of it.
    reg [WORD_NUMBER_BITS-1:0] count_word, column_word, bias_word, weight_word, high_word;
    reg [SHIFT_BITS-1:0] count_shift, column_shift, bias_shift;
    reg [SHIFT_BITS-1:0] position;                // bit of the window at which the next weight starts
    reg [PART_BITS-1:0] part;                     // word of the bias at hand

    wire is_last_row = block_row == last_block_row;
    wire [DIM_BITS-1:0] rows = is_last_row ? last_rows : full_rows;
    wire is_row_end = left <= MULTIPLIERS;
    wire [DIM_BITS-1:0] taken = is_row_end ? left : MULTIPLIERS;
    wire [SHIFT_BITS-1:0] position_after = position + taken * weight_bits;
    wire is_advance = position_after >= wide_span;

    wire is_bias_word_end = bias_shift + bias_step == bias_end;
    wire [WORD_NUMBER_BITS-1:0] bias_word_after = is_bias_word_end ? bias_word + 1'b1 : bias_word;
    wire [SHIFT_BITS-1:0] bias_shift_after = is_bias_word_end ? {SHIFT_BITS{1'b0}} : bias_shift + bias_step;

    // The banks. What is asked for in one cycle is there in the next.
    reg [WORD_NUMBER_BITS-1:0] word;
    always @* begin
        case (state)
            ROW:     word = count_word;
            KEPT:    word = bias_word;
            BIAS:    word = bias_word_after;
            COLUMN:  word = column_word;
            FIRST:   word = weight_word;
            SECOND:  word = weight_word + SIDES;
            default: word = is_advance ? high_word + SIDES : high_word;
        endcase
    end
    wire is_idle = state == LOAD || state == LAYER || state == WRITE
        || (state == ROW && !stores_counts) || (state == COLUMN && !stores_columns);
    // SIDES is a power of two; the division is free where DEPTH is one too.
    wire [WORD_NUMBER_BITS-1:0] group = (word / SIDES) / DEPTH;
    wire [ADDRESS_BITS-1:0] address = (word / SIDES) % DEPTH;
    reg [WORD_NUMBER_BITS-1:0] group_read, side_read;
    always @(posedge clk) begin
        if (!is_idle) begin
            group_read <= group;
            side_read <= word % SIDES;
        end
    end
@BANK_WORDS@
    reg [SIDES*WORD_BITS-1:0] wide;               // what the banks of the group gave
    always @* begin
        case (group_read)
@GROUPS@
        endcase
    end
    wire [WORD_BITS-1:0] narrow = wide[side_read * WORD_BITS +: WORD_BITS];
@BANKS@

    // Biases and block columns.
    reg [PARTS*WORD_BITS-1:0] bias_low;
    reg [PARTS*WORD_BITS-1:0] bias_part;
    reg [SUM_BITS-1:0] bias;
    wire [DIM_BITS-1:0] stored_count = narrow[count_shift +: DIM_BITS] & count_mask;
    wire [DIM_BITS-1:0] stored_col = narrow[column_shift +: DIM_BITS] & column_mask;
    wire [DIM_BITS-1:0] block_col = stores_columns ? stored_col : dense_col;
    wire is_last_col = block_col == last_block_col;

    // Weights: what was read before and last, without the bits between the weights of two words, for each format.
    reg [SIDES*WORD_BITS-1:0] low;
@WINDOWS@

    // The activation buffer.
    reg half;                                     // the half that is read
    reg [BUFFER_BITS-1:0] x_base, x_word, write_word;
    reg [DIM_BITS-1:0] write_lane, write_col;
    wire [BUFFER_BITS-1:0] x_next = state == SECOND || is_row_end ? x_base : x_word + 1'b1;
    wire is_load = state == LOAD;
    assign in_ready = is_load;
    wire is_write = is_load ? in_valid : state == WRITE && !is_output;
    wire [DIM_BITS-1:0] write_cols = is_load ? FIRST_COLS : next_cols;

    reg signed [SUM_BITS-1:0] sums [0:MAX_ROWS-1];
    reg signed [SUM_BITS-1:0] code;
    reg [MULTIPLIERS*CODE_BITS-1:0] buffer [0:2*HALF_WORDS-1];
    reg [MULTIPLIERS*CODE_BITS-1:0] codes;
    always @(posedge clk) begin
        if (is_write) begin
            code = is_load ? in_code : (sums[row] + rounding) >>> down_shift;
            if (!is_load && code < 0) code = 0;
            if (!is_load && code > largest_code) code = largest_code;
            buffer[write_word][write_lane*CODE_BITS +: CODE_BITS] <= code[CODE_BITS-1:0];
        end
        if (state == SECOND || state == MAC) codes <= buffer[x_next];
    end

    // The multipliers: neighbouring weights of a row of the block, neighbouring activations.
    integer lane;
    reg [MULTIPLIERS*(LEVEL_BITS-1)-1:0] weights;
@RAW@
    reg signed [LEVEL_BITS-1:0] level;
    reg signed [CODE_BITS:0] x;
    reg signed [PRODUCT_BITS-1:0] product;
    reg signed [SUM_BITS-1:0] dot;
    always @(posedge clk) begin
        if (state == BIAS) begin
            bias_part = narrow;
            bias_part = bias_low | (bias_part << (part * WORD_BITS));
            bias = (bias_part >> bias_shift) & bias_mask;
            if (part == last_bias_part) begin
                sums[row] <= (bias ^ bias_sign) - bias_sign;
                bias_low <= 0;
            end else bias_low <= bias_part;
        end else if (state == LAYER) begin
            bias_low <= 0;
        end else if (state == MAC) begin
            dot = 0;
            case (format)
@WEIGHTS@
            endcase
            for (lane = 0; lane < MULTIPLIERS; lane = lane + 1) begin
                case (format)
@LEVELS@
                endcase
                x = {is_signed & codes[lane*CODE_BITS + CODE_BITS - 1], codes[lane*CODE_BITS +: CODE_BITS]};
                product = level * x;
                if (lane < left) dot = dot + product;
            end
            sums[row] <= sums[row] + dot;
        end
    end

    always @(posedge clk) begin
        if (rst || state == LAYER || (state == WRITE && is_output)) begin
            write_word <= !rst && state == LAYER && !half ? HALF_WORDS : 0;
            write_lane <= 0;
            write_col <= 0;
        end else if (is_write) begin
            if (write_col + 1'b1 == write_cols) begin
                write_word <= write_word + 1'b1;
                write_lane <= 0;
                write_col <= 0;
            end else begin
                write_col <= write_col + 1'b1;
                write_lane <= write_lane + 1'b1 == MULTIPLIERS ? {DIM_BITS{1'b0}} : write_lane + 1'b1;
                if (write_lane + 1'b1 == MULTIPLIERS) write_word <= write_word + 1'b1;
            end
        end
    end

    always @(posedge clk) begin
        out_valid <= 0;
        done <= 0;
        if (rst) begin
            state <= LOAD;
            layer <= 0;
            half <= 0;
            in_count <= 0;
        end else case (state)
            LOAD: if (in_valid) begin
                in_count <= in_count + 1'b1;
                if (in_count == INPUTS - 1) state <= LAYER;
            end
            LAYER: begin
                count_word <= first_count;
                column_word <= first_column;
                bias_word <= first_bias;
                weight_word <= first_weight;
                count_shift <= 0;
                column_shift <= 0;
                bias_shift <= 0;
                block_row <= 0;
                row <= 0;
                part <= 0;
                state <= ROW;
            end
            ROW: state <= KEPT;
            KEPT: begin
                kept_left <= stores_counts ? stored_count : kept_per_row;
                count_shift <= count_shift + count_bits == count_end ? {SHIFT_BITS{1'b0}} : count_shift + count_bits;
                if (count_shift + count_bits == count_end) count_word <= count_word + 1'b1;
                dense_col <= 0;
                state <= BIAS;
            end
            BIAS: begin
                bias_word <= bias_word_after;
                bias_shift <= bias_shift_after;
                if (part == last_bias_part) begin
                    part <= 0;
                    row <= row + 1'b1;
                    if (row + 1'b1 == rows) begin
                        row <= 0;
                        state <= kept_left == 0 ? WRITE : COLUMN;
                    end
                end else part <= part + 1'b1;
            end
            COLUMN: state <= FIRST;
            FIRST: begin
                x_base <= (half ? HALF_WORDS : 0) + block_col * column_pitch;
                cols <= is_last_col ? last_cols : full_cols;
                left <= is_last_col ? last_cols : full_cols;
                block_words <= is_last_row ? (is_last_col ? words_corner : words_bottom)
                                           : (is_last_col ? words_right : words_inside);
                dense_col <= dense_col + 1'b1;
                column_shift <=
                    column_shift + column_bits == column_end ? {SHIFT_BITS{1'b0}} : column_shift + column_bits;
                if (column_shift + column_bits == column_end) column_word <= column_word + 1'b1;
                state <= SECOND;
            end
            SECOND: begin
                low <= wide;
                high_word <= weight_word + SIDES;
                position <= (weight_word % SIDES) * word_span;
                weight_word <= weight_word + block_words;
                x_word <= x_base;
                state <= MAC;
            end
            MAC: begin
                position <= is_advance ? position_after - wide_span : position_after;
                if (is_advance) begin
                    low <= wide;
                    high_word <= high_word + SIDES;
                end
                x_word <= x_next;
                left <= is_row_end ? cols : left - MULTIPLIERS;
                if (is_row_end) begin
                    row <= row + 1'b1;
                    if (row + 1'b1 == rows) begin
                        row <= 0;
                        kept_left <= kept_left - 1'b1;
                        state <= kept_left == 1 ? WRITE : COLUMN;
                    end
                end
            end
            WRITE: begin
                out_valid <= is_output;
                out_sum <= sums[row];
                row <= row + 1'b1;
                if (row + 1'b1 == rows) begin
                    row <= 0;
                    block_row <= block_row + 1'b1;
                    state <= ROW;
                    if (is_last_row) begin
                        done <= is_output;
                        in_count <= 0;
                        layer <= is_output ? {LAYER_BITS{1'b0}} : layer + 1'b1;
                        half <= is_output ? 1'b0 : !half;
                        state <= is_output ? LOAD : LAYER;
                    end
                end
            end
            default: state <= LOAD;
        endcase
    end

endmodule

`default_nettype wire
