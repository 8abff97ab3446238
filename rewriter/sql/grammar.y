/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MySQL's statements as an LALR(1) grammar without conflicts. Three things keep it so: keywords.py fills
 * in the lists of words, tokens.c settles whatever needs more than one token of lookahead (is a parenthesis
 * a query? is a word a keyword here? NOT IN, WITH ROLLUP, .. become one token), and the scratch engine, not
 * this file, judges validity: a superset is fine, a different meaning is not. Actions only call constructors.
 */
%code requires {
#include "rewriter/sql/parser.h"
}

%code {
static int yylex(YYSTYPE *value, YYLTYPE *at, struct sql_parser *p);
static void yyerror(const YYLTYPE *at, struct sql_parser *p, const char *message);

#define YYLLOC_DEFAULT(current, rhs, n)                                                            \
    do {                                                                                           \
        if (n) {                                                                                   \
            (current).begin = YYRHSLOC(rhs, 1).begin;                                              \
            (current).end = YYRHSLOC(rhs, n).end;                                                  \
        } else {                                                                                   \
            (current).begin = (current).end = YYRHSLOC(rhs, 0).end;                                \
        }                                                                                          \
    } while (0)
#define YYMAXDEPTH 30000
#define EMPTY_LIST ((struct sql_list){NULL, NULL, 0})
#define ONE_OF(n) sql_act_one(n)
#define ADD(list, n) sql_act_add((list), (n))
#define NAME_OF(t) sql_act_name(p, (t))
#define LAST_WORD(s) slice_of_str(s)
}

%define api.prefix {sql_gram_}
%define api.pure full
%define api.location.type {struct sql_span}
%define parse.error custom
%param {struct sql_parser *p}
%locations
%expect 0

%union {
    struct sql_token token;
    struct sql_node *node;
    struct sql_list list;
    struct slice name;
    int64_t number;
    bool flag;
    struct sql_type *type;
    struct sql_column_def *column;
    struct sql_key_def *key;
    struct sql_references *references;
    struct sql_load_data *load;
    struct { struct slice a, b; } pair;
    struct { struct slice name; struct sql_list list; } alias;
    struct { bool first; struct slice after; } position;
    struct { enum sql_lock_wait wait; struct sql_node *seconds; } lock_wait;
    struct { enum sql_tristate chain, release; } completion;
    struct { enum sql_isolation isolation; enum sql_access_mode access; } characteristics;
    struct { int64_t length; int32_t decimals; } size;
    struct { struct sql_list list; enum sql_rollup kind; } group;
    struct { struct sql_node *empty, *error; } json_events;
    struct { bool given; struct sql_list list; } insert_columns;
    struct sql_insert *insert;
    struct sql_create_table *create_table;
    struct { enum sql_duplicates duplicates; struct sql_node *query; uint32_t begin; } create_query;
    struct { struct sql_node *expr; enum sql_generated_kind stored; } generated;
    struct sql_view_attributes view;
    struct sql_char_attributes char_attributes;
}

/* values and names */
%token T_END 0
%token <token> T_BAD T_RESERVED T_IDENT T_STRING T_INTEGER T_DECIMAL_NUMBER T_FLOAT_NUMBER T_HEX T_BITS T_PARAM
%token <token> T_USERVAR T_SYSVAR
%token T_NULL_EQ T_LE T_GE T_NE T_SHIFT_LEFT T_SHIFT_RIGHT T_CONCAT T_ASSIGN T_JSON_GET T_JSON_GET_TEXT
/* made by tokens.c */
%token <token> T_INTRODUCER T_TEMPORAL T_TEXT T_OPAQUE T_SHOW_HEAD
%token T_QPAREN T_NOT_IN T_NOT_LIKE T_NOT_BETWEEN T_NOT_REGEXP T_NOT2 T_MEMBER_OF T_SOUNDS_LIKE T_RESPECT_NULLS
%token T_INTERVAL_CALL T_WITH_ROLLUP T_WITH_CUBE T_FOR_SYSTEM_TIME T_FOR_PORTION T_ON_DUPLICATE
%token T_VALUES_CALL T_INSERT_VALUES T_DELETE_MULTI T_DELETE_USING T_DESCRIBE_TABLE T_ANALYZE_QUERY T_NOT_ENFORCED
%token T_WITH_SYSTEM_VERSIONING
@tokens

/* lowest first */
%precedence EMPTY
%precedence ',' T_KEY T_INTO T_BINARY T_CHARACTER T_CHARSET
%right T_ASSIGN
%left T_OR
%left T_XOR
%left T_AND
%precedence T_NOT
%precedence RANGE
%left T_BETWEEN T_IN T_LIKE T_REGEXP T_SOUNDS_LIKE T_MEMBER_OF
%left T_NOT_BETWEEN T_NOT_IN T_NOT_LIKE T_NOT_REGEXP
%precedence T_ESCAPE
%left '|'
%left '&'
%left T_SHIFT_LEFT T_SHIFT_RIGHT
%left '+' '-'
%left '*' '/' '%' T_DIV T_MOD
%left '^'
%left T_CONCAT
%precedence NEG
%precedence '!' T_NOT2
%precedence T_COLLATE
%left JOIN_WITHOUT_CONDITION
%left T_JOIN T_INNER T_CROSS T_STRAIGHT_JOIN T_NATURAL T_LEFT T_RIGHT T_ON T_USING

%type <node> statement dml query_expression query_tail query_body query_term query_primary select_core subquery
%type <node> select_item into_clause into_target opt_where opt_having named_window order_item opt_limit limit_clause
%type <node> fetch_count limit_number number lock_clause with_clause cte opt_cycle table_ref table_factor table_name
%type <node> opt_history index_hint index_name json_column json_event expr bool_primary predicate bit_expr interval
%type <node> simple_expr literal string column_ref variable call opt_separator over_clause window_spec opt_frame frame_bound
%type <node> opt_expr opt_else when argument insert row expr_or_default assignment update opt_portion delete delete_target
%type <node> load_data load_ignore load_column cast_type
%type <list> tail_items select_items into_targets file_format opt_from opt_windows windows opt_order order_list lock_tables
%type <list> ctes opt_column_list ident_list table_refs table_names opt_partition opt_index_hints opt_index_names index_names
%type <list> json_columns opt_partition_by when_list match_columns match_list opt_expr_list expr_list opt_arguments arguments
%type <list> columns row_list row_values assignments opt_on_duplicate opt_returning delete_targets load_columns
%type <list> load_column_list load_set
%type <number> set_quantifier select_options select_option join_op outer_side hint_kind hint_for is_what comparison unit
%type <number> trim_side frame_unit opt_exclude match_mode insert_priority delete_options load_priority load_duplicates
%type <flag> fetch_end opt_transaction all_or_any opt_array distinct_or_all insert_word opt_ignore opt_low_priority load_kind
%type <flag> opt_local
%type <name> select_alias opt_charset charset_name opt_table_alias opt_base_window ident
%type <token> nonreserved
%type <group> opt_group
%type <lock_wait> lock_wait
%type <alias> derived_alias row_alias
%type <json_events> json_events
%type <insert> insert_source
%type <insert_columns> insert_columns
%type <type> type
%type <node> session ddl explain explain_options set_item set_value lock_item show_like do_item create_item column_def
%type <node> default_value number_literal references key_def key_part key_option table_option charset_value option_value
%type <node> partitioning alter_action alter_option rename_pair
%type <list> set_items lock_items call_arguments do_items create_items key_parts key_options table_options opt_table_names
%type <list> database_options alter_actions rename_pairs string_list
%type <number> start_options start_option opt_chain opt_release opt_scope set_scope isolation table_lock kill_words kill_word
%type <number> maintenance_word stored drop_behavior reference_actions reference_action index_kind opt_index_type
%type <number> key_algorithm int_type char_type blob_type time_type opt_length number_attributes
%type <flag> opt_no_write opt_or_replace opt_temporary opt_online opt_if_exists opt_if_not_exists enforced opt_direction
%type <name> opt_text column_word check_head match_kind opt_constraint opt_ident option_word check_option
%type <completion> completion
%type <characteristics> characteristics characteristic
%type <create_table> create_body
%type <create_query> create_query
%type <column> column_attributes column_attributes_serial
%type <generated> generated
%type <view> view_attributes
%type <size> opt_size
%type <char_attributes> char_attributes
%type <position> position
%type <node> charset_option
%type <list> charset_options
%type <list> alter_steps alter_step option_run
%type <node> json_returning opt_qualify
%type <node> opt_early_into

%start start

%%

start:
      statement                             { p->root = $1; }
    ;

/* ==== queries ==== */

query_expression:
      query_tail                            { $$ = $1; }
    | with_clause query_tail                { $$ = sql_act_with(p, @$, $1, $2); }
    ;

query_tail:
      query_body opt_order opt_limit tail_items
        {
            $$ = sql_act_query(p, @$, (struct sql_query){.body = $1, .order = $2, .limit = $3, .locks = $4});
        }
    ;

/* locks and INTO in any order; sql_act_query sorts them out */
tail_items:
      %empty                                { $$ = EMPTY_LIST; }
    | tail_items lock_clause                { $$ = ADD($1, $2); }
    | tail_items into_clause                { $$ = ADD($1, $2); }
    | tail_items T_PROCEDURE ident '(' opt_expr_list ')'
        { $$ = ADD($1, NEW(@3, PROCEDURE, procedure, .name = $3, .args = $5)); }
    ;

query_body:
      query_term                            { $$ = $1; }
    | query_body T_UNION set_quantifier query_term
        { $$ = sql_act_setop(p, @$, SQL_SETOP_UNION, $3, $1, $4); }
    | query_body T_EXCEPT set_quantifier query_term
        { $$ = sql_act_setop(p, @$, SQL_SETOP_EXCEPT, $3, $1, $4); }
    ;

query_term:
      query_primary                         { $$ = $1; }
    | query_term T_INTERSECT set_quantifier query_primary
        { $$ = sql_act_setop(p, @$, SQL_SETOP_INTERSECT, $3, $1, $4); }
    ;

set_quantifier:
      %empty                                { $$ = 0; }
    | T_ALL                                 { $$ = 1; }
    | T_DISTINCT                            { $$ = 2; }
    ;

query_primary:
      select_core                           { $$ = $1; }
    | T_VALUES row_list                     { $$ = NEW(@$, VALUES, values, .rows = $2); }
    | T_TABLE table_name                    { $$ = NEW(@$, TABLE_VALUE, table_value, .table = $2); }
    | subquery                              { $$ = $1; }
    ;

/* a QUERY in its own parentheses */
subquery:
      T_QPAREN query_expression ')'         { $$ = $2; }
    ;

select_core:
      T_SELECT select_options select_items opt_early_into opt_from opt_where opt_group opt_having opt_windows opt_qualify
        {
            $$ = NEW(@$, SELECT, select, .options = (uint32_t) $2, .items = $3, .from = $5, .where = $6,
                     .group = $7.list, .rollup = $7.kind, .having = $8, .windows = $9, .qualify = $10);
            sql_act_early_into(p, $$, $4);
        }
    ;

select_options:
      %empty                                { $$ = 0; }
    | select_options select_option          { $$ = $1 | $2; }
    ;

select_option:
      T_DISTINCT                            { $$ = SQL_SELECT_DISTINCT; }
    | T_DISTINCTROW                         { $$ = SQL_SELECT_DISTINCT; }
    | T_ALL                                 { $$ = SQL_SELECT_ALL; }
    | T_STRAIGHT_JOIN                       { $$ = SQL_SELECT_STRAIGHT_JOIN; }
    | T_HIGH_PRIORITY                       { $$ = SQL_SELECT_HIGH_PRIORITY; }
    | T_SQL_SMALL_RESULT                    { $$ = SQL_SELECT_SMALL_RESULT; }
    | T_SQL_BIG_RESULT                      { $$ = SQL_SELECT_BIG_RESULT; }
    | T_SQL_BUFFER_RESULT                   { $$ = SQL_SELECT_BUFFER_RESULT; }
    | T_SQL_CACHE                           { $$ = SQL_SELECT_CACHE; }
    | T_SQL_NO_CACHE                        { $$ = SQL_SELECT_NO_CACHE; }
    | T_SQL_CALC_FOUND_ROWS                 { $$ = SQL_SELECT_CALC_FOUND_ROWS; }
    ;

select_items:
      select_item                           { $$ = ONE_OF($1); }
    | select_items ',' select_item          { $$ = ADD($1, $3); }
    ;

select_item:
      '*'                                   { $$ = sql_act_star(p, @$, SLICE_NULL, SLICE_NULL); }
    | ident '.' '*'                         { $$ = sql_act_star(p, @$, SLICE_NULL, $1); }
    | ident '.' ident '.' '*'               { $$ = sql_act_star(p, @$, $1, $3); }
    | expr                                  { $$ = NEW(@$, ITEM, item, .expr = $1); }
    | expr select_alias                     { $$ = NEW(@$, ITEM, item, .expr = $1, .alias = $2); }
    ;

select_alias:
      ident                                 { $$ = $1; }
    | T_AS ident                            { $$ = $2; }
    | T_STRING                              { $$ = sql_act_string(p, $1); }
    | T_AS T_STRING                         { $$ = sql_act_string(p, $2); }
    ;

opt_early_into:
      %empty %prec EMPTY                    { $$ = NULL; }
    | into_clause                           { $$ = $1; }
    ;

into_clause:
      T_INTO into_targets                   { $$ = NEW(@$, INTO, into, .into = SQL_INTO_VARS, .vars = $2); }
    | T_INTO T_OUTFILE string opt_charset file_format
        {
            $$ = NEW(@$, INTO, into, .into = SQL_INTO_OUTFILE, .file = $3, .charset = $4, .format = $5);
        }
    | T_INTO T_DUMPFILE string              { $$ = NEW(@$, INTO, into, .into = SQL_INTO_DUMPFILE, .file = $3); }
    ;

into_targets:
      into_target                           { $$ = ONE_OF($1); }
    | into_targets ',' into_target          { $$ = ADD($1, $3); }
    ;

into_target:
      T_USERVAR                             { $$ = sql_act_uservar(p, @$, $1); }
    | ident                                 { $$ = NEW(@$, IDENT, ident, .name = $1); }
    ;

file_format:
      %empty                                { $$ = EMPTY_LIST; }
    | file_format T_COLUMNS                 { $$ = ADD($1, NEW(@2, OPTION, option, .name = SLICE("FIELDS"))); }
    | file_format T_LINES                   { $$ = ADD($1, NEW(@2, OPTION, option, .name = SLICE("LINES"))); }
    | file_format T_TERMINATED T_BY string  { $$ = ADD($1, NEW(@2, OPTION, option, .name = SLICE("TERMINATED"), .value = $4)); }
    | file_format T_STARTING T_BY string    { $$ = ADD($1, NEW(@2, OPTION, option, .name = SLICE("STARTING"), .value = $4)); }
    | file_format T_ESCAPED T_BY string     { $$ = ADD($1, NEW(@2, OPTION, option, .name = SLICE("ESCAPED"), .value = $4)); }
    | file_format T_ENCLOSED T_BY string    { $$ = ADD($1, NEW(@2, OPTION, option, .name = SLICE("ENCLOSED"), .value = $4)); }
    | file_format T_OPTIONALLY T_ENCLOSED T_BY string
        { $$ = ADD($1, NEW(@2, OPTION, option, .name = SLICE("OPTIONALLY ENCLOSED"), .value = $5)); }
    ;

opt_charset:
      %empty                                { $$ = SLICE_NULL; }
    | charset_words charset_name            { $$ = $2; }
    ;

charset_words:
      T_CHARACTER T_SET
    | T_CHARSET
    ;

charset_name:
      ident                                 { $$ = $1; }
    | T_STRING                              { $$ = sql_act_string(p, $1); }
    | T_BINARY                              { $$ = SLICE("binary"); }
    ;

opt_from:
      %empty                                { $$ = EMPTY_LIST; }
    | T_FROM T_DUAL                         { $$ = EMPTY_LIST; }
    | T_FROM table_refs                     { $$ = $2; }
    ;

opt_where:
      %empty                                { $$ = NULL; }
    | T_WHERE expr                          { $$ = $2; }
    ;

opt_having:
      %empty                                { $$ = NULL; }
    | T_HAVING expr                         { $$ = $2; }
    ;

opt_qualify:
      %empty                                { $$ = NULL; }
    | T_QUALIFY expr                        { $$ = $2; }
    ;

opt_group:
      %empty                                { $$.list = EMPTY_LIST; $$.kind = SQL_ROLLUP_NONE; }
    | T_GROUP T_BY order_list               { $$.list = $3; $$.kind = SQL_ROLLUP_NONE; }
    | T_GROUP T_BY order_list T_WITH_ROLLUP { $$.list = $3; $$.kind = SQL_ROLLUP_WITH; }
    | T_GROUP T_BY T_ROLLUP '(' order_list ')' { $$.list = $5; $$.kind = SQL_ROLLUP_CALL; }
    ;

opt_windows:
      %empty                                { $$ = EMPTY_LIST; }
    | T_WINDOW windows                      { $$ = $2; }
    ;

windows:
      named_window                          { $$ = ONE_OF($1); }
    | windows ',' named_window              { $$ = ADD($1, $3); }
    ;

named_window:
      ident T_AS '(' window_spec ')'        { sql_as_window($4)->name = $1; $$ = $4; }
    ;

opt_order:
      %empty                                { $$ = EMPTY_LIST; }
    | T_ORDER T_BY order_list               { $$ = $3; }
    ;

order_list:
      order_item                            { $$ = ONE_OF($1); }
    | order_list ',' order_item             { $$ = ADD($1, $3); }
    ;

order_item:
      expr                                  { $$ = NEW(@$, ORDER, order, .expr = $1); }
    | expr T_ASC                            { $$ = NEW(@$, ORDER, order, .expr = $1, .asc = true); }
    | expr T_DESC                           { $$ = NEW(@$, ORDER, order, .expr = $1, .desc = true); }
    ;

opt_limit:
      %empty                                { $$ = NULL; }
    | limit_clause                          { $$ = $1; }
    ;

limit_clause:
      T_LIMIT limit_number                  { $$ = NEW(@$, LIMIT, limit, .count = $2); }
    | T_LIMIT limit_number ',' limit_number { $$ = NEW(@$, LIMIT, limit, .count = $4, .offset = $2); }
    | T_LIMIT limit_number T_OFFSET limit_number { $$ = NEW(@$, LIMIT, limit, .count = $2, .offset = $4); }
    | T_LIMIT limit_number T_ROWS T_EXAMINED limit_number
        { $$ = NEW(@$, LIMIT, limit, .count = $2, .rows_examined = $5); }
    | T_LIMIT limit_number ',' limit_number T_ROWS T_EXAMINED limit_number
        { $$ = NEW(@$, LIMIT, limit, .count = $4, .offset = $2, .rows_examined = $7); }
    | T_LIMIT limit_number T_OFFSET limit_number T_ROWS T_EXAMINED limit_number
        { $$ = NEW(@$, LIMIT, limit, .count = $2, .offset = $4, .rows_examined = $7); }
    | T_LIMIT T_ROWS T_EXAMINED limit_number { $$ = NEW(@$, LIMIT, limit, .rows_examined = $4); }
    | T_OFFSET limit_number rows            { $$ = NEW(@$, LIMIT, limit, .offset = $2); }
    | T_OFFSET limit_number rows fetch_count fetch_end
        { $$ = NEW(@$, LIMIT, limit, .offset = $2, .count = $4, .with_ties = $5); }
    | fetch_count fetch_end                 { $$ = NEW(@$, LIMIT, limit, .count = $1, .with_ties = $2); }
    ;

fetch_count:
      T_FETCH first_next limit_number rows  { $$ = $3; }
    | T_FETCH first_next rows               { $$ = sql_act_one_row(p, @$); }
    ;

fetch_end:
      T_ONLY                                { $$ = false; }
    | T_WITH T_TIES                         { $$ = true; }
    ;

first_next: T_FIRST | T_NEXT ;
rows: T_ROW | T_ROWS ;

limit_number:
      number                                { $$ = $1; }
    | T_IDENT                               { $$ = NEW(@$, COLUMN, column, .name = NAME_OF($1)); }
    ;

number:
      T_INTEGER                             { $$ = sql_act_literal(p, @$, $1, SLICE_NULL); }
    | T_PARAM                               { $$ = sql_act_literal(p, @$, $1, SLICE_NULL); }
    | T_HEX                                 { $$ = sql_act_literal(p, @$, $1, SLICE_NULL); }
    ;

lock_clause:
      T_FOR T_UPDATE lock_tables lock_wait
        { $$ = NEW(@$, LOCK, lock, .mode = SQL_LOCK_FOR_UPDATE, .tables = $3, .wait = $4.wait, .seconds = $4.seconds); }
    | T_FOR T_SHARE lock_tables lock_wait
        { $$ = NEW(@$, LOCK, lock, .mode = SQL_LOCK_FOR_SHARE, .tables = $3, .wait = $4.wait, .seconds = $4.seconds); }
    | T_LOCK T_IN T_SHARE T_MODE lock_wait
        { $$ = NEW(@$, LOCK, lock, .mode = SQL_LOCK_IN_SHARE_MODE, .wait = $5.wait, .seconds = $5.seconds); }
    ;

lock_tables:
      %empty                                { $$ = EMPTY_LIST; }
    | T_OF table_names                      { $$ = $2; }
    ;

lock_wait:
      %empty                                { $$.wait = SQL_LOCK_PLAIN; $$.seconds = NULL; }
    | T_NOWAIT                              { $$.wait = SQL_LOCK_NOWAIT; $$.seconds = NULL; }
    | T_SKIP T_LOCKED                       { $$.wait = SQL_LOCK_SKIP_LOCKED; $$.seconds = NULL; }
    | T_WAIT number                         { $$.wait = SQL_LOCK_WAIT_N; $$.seconds = $2; }
    ;

with_clause:
      T_WITH ctes                           { $$ = NEW(@$, WITH, with, .ctes = $2); }
    | T_WITH T_RECURSIVE ctes               { $$ = NEW(@$, WITH, with, .recursive = true, .ctes = $3); }
    ;

ctes:
      cte                                   { $$ = ONE_OF($1); }
    | ctes ',' cte                          { $$ = ADD($1, $3); }
    ;

cte:
      ident opt_column_list T_AS subquery opt_cycle
        { $$ = NEW(@$, CTE, cte, .name = $1, .columns = $2, .query = $4, .cycle = $5); }
    ;

opt_cycle:
      %empty                                { $$ = NULL; }
    | T_CYCLE ident_list T_RESTRICT         { $$ = NEW(@$, CYCLE, cycle, .columns = $2); }
    ;

/* names only: IDENT nodes */
opt_column_list:
      %empty                                { $$ = EMPTY_LIST; }
    | '(' ident_list ')'                    { $$ = $2; }
    ;

ident_list:
      ident                                 { $$ = ONE_OF(NEW(@1, IDENT, ident, .name = $1)); }
    | ident_list ',' ident                  { $$ = ADD($1, NEW(@3, IDENT, ident, .name = $3)); }
    ;

/* ==== table references ==== */

table_refs:
      table_ref                             { $$ = ONE_OF($1); }
    | table_refs ',' table_ref              { $$ = ADD($1, $3); }
    ;

table_ref:
      table_factor                          { $$ = $1; }
    | table_ref join_op table_ref           %prec JOIN_WITHOUT_CONDITION
        { $$ = sql_act_join_tables(p, @$, (struct sql_join){.join = $2, .left = $1, .right = $3}); }
    | table_ref join_op table_ref T_ON expr %prec T_ON
        { $$ = sql_act_join_tables(p, @$, (struct sql_join){.join = $2, .left = $1, .right = $3, .on = $5}); }
    | table_ref join_op table_ref T_USING '(' ident_list ')'
        { $$ = sql_act_join_tables(p, @$, (struct sql_join){.join = $2, .left = $1, .right = $3, .using = $6}); }
    | table_ref outer_side T_JOIN table_ref T_ON expr %prec T_ON
        { $$ = sql_act_join_tables(p, @$, (struct sql_join){.join = $2, .left = $1, .right = $4, .on = $6}); }
    | table_ref outer_side T_JOIN table_ref T_USING '(' ident_list ')'
        { $$ = sql_act_join_tables(p, @$, (struct sql_join){.join = $2, .left = $1, .right = $4, .using = $7}); }
    | table_ref T_NATURAL T_JOIN table_factor
        { $$ = sql_act_join_tables(p, @$, (struct sql_join){.join = SQL_JOIN_INNER, .natural = true, .left = $1, .right = $4}); }
    | table_ref T_NATURAL T_INNER T_JOIN table_factor
        { $$ = sql_act_join_tables(p, @$, (struct sql_join){.join = SQL_JOIN_INNER, .natural = true, .left = $1, .right = $5}); }
    | table_ref T_NATURAL outer_side T_JOIN table_factor
        { $$ = sql_act_join_tables(p, @$, (struct sql_join){.join = $3, .natural = true, .left = $1, .right = $5}); }
    ;

join_op:
      T_JOIN                                { $$ = SQL_JOIN_INNER; }
    | T_INNER T_JOIN                        { $$ = SQL_JOIN_INNER; }
    | T_CROSS T_JOIN                        { $$ = SQL_JOIN_CROSS; }
    | T_STRAIGHT_JOIN                       { $$ = SQL_JOIN_STRAIGHT; }
    ;

outer_side:
      T_LEFT                                { $$ = SQL_JOIN_LEFT; }
    | T_LEFT T_OUTER                        { $$ = SQL_JOIN_LEFT; }
    | T_RIGHT                               { $$ = SQL_JOIN_RIGHT; }
    | T_RIGHT T_OUTER                       { $$ = SQL_JOIN_RIGHT; }
    ;

table_factor:
      table_name opt_partition opt_history opt_table_alias opt_index_hints
        {
            struct sql_table *t = sql_as_table($1);
            t->partitions = $2;
            t->history = $3;
            t->alias = $4;
            t->hints = $5;
            $$ = sql_act_respan(p, $1, @$);
        }
    | subquery derived_alias
        { $$ = NEW(@$, DERIVED, derived, .query = $1, .alias = $2.name, .columns = $2.list); }
    | T_LATERAL subquery derived_alias
        { $$ = NEW(@$, DERIVED, derived, .lateral = true, .query = $2, .alias = $3.name, .columns = $3.list); }
    | '(' table_refs ')'                    { $$ = sql_act_paren_tables(p, @$, $2); }
    | '{' T_OJ table_ref '}'                { $$ = sql_act_respan(p, $3, @$); }
    | T_JSON_TABLE '(' expr ',' string T_COLUMNS '(' json_columns ')' ')' opt_table_alias
        { $$ = NEW(@$, JSON_TABLE, json_table, .arg = $3, .path = $5, .columns = $8, .alias = $11); }
    ;

derived_alias:
      %empty                                { $$.name = SLICE_NULL; $$.list = EMPTY_LIST; }
    | ident opt_column_list                 { $$.name = $1; $$.list = $2; }
    | T_AS ident opt_column_list            { $$.name = $2; $$.list = $3; }
    ;

opt_table_alias:
      %empty                                { $$ = SLICE_NULL; }
    | ident                                 { $$ = $1; }
    | T_AS ident                            { $$ = $2; }
    | '=' ident                             { $$ = $2; }
    | T_AS T_STRING                         { $$ = sql_act_string(p, $2); }
    ;

table_name:
      ident                                 { $$ = NEW(@$, TABLE, table, .name = $1); }
    | ident '.' ident                       { $$ = NEW(@$, TABLE, table, .db = $1, .name = $3); }
    | '.' ident                             { $$ = NEW(@$, TABLE, table, .name = $2); }
    ;

table_names:
      table_name                            { $$ = ONE_OF($1); }
    | table_names ',' table_name            { $$ = ADD($1, $3); }
    ;

opt_partition:
      %empty                                { $$ = EMPTY_LIST; }
    | T_PARTITION '(' ident_list ')'        { $$ = $3; }
    ;

opt_history:
      %empty                                { $$ = NULL; }
    | T_FOR_SYSTEM_TIME T_ALL               { $$ = NEW(@$, HISTORY, history, .history = SQL_HISTORY_ALL); }
    | T_FOR_SYSTEM_TIME T_AS T_OF opt_transaction bit_expr
        { $$ = NEW(@$, HISTORY, history, .history = SQL_HISTORY_AS_OF, .from = $5, .transaction = $4); }
    | T_FOR_SYSTEM_TIME T_FROM opt_transaction bit_expr T_TO opt_transaction bit_expr
        { $$ = NEW(@$, HISTORY, history, .history = SQL_HISTORY_FROM_TO, .from = $4, .to = $7, .transaction = $3); }
    | T_FOR_SYSTEM_TIME T_BETWEEN opt_transaction bit_expr T_AND opt_transaction bit_expr
        { $$ = NEW(@$, HISTORY, history, .history = SQL_HISTORY_BETWEEN, .from = $4, .to = $7, .transaction = $3); }
    ;

opt_transaction:
      %empty                                { $$ = false; }
    | T_TRANSACTION                         { $$ = true; }
    ;

opt_index_hints:
      %empty                                { $$ = EMPTY_LIST; }
    | opt_index_hints index_hint            { $$ = ADD($1, $2); }
    ;

index_hint:
      hint_kind index_word hint_for '(' opt_index_names ')'
        { $$ = NEW(@$, INDEX_HINT, index_hint, .hint = $1, .purpose = $3, .indexes = $5); }
    ;

hint_kind:
      T_USE                                 { $$ = SQL_HINT_USE; }
    | T_FORCE                               { $$ = SQL_HINT_FORCE; }
    | T_IGNORE                              { $$ = SQL_HINT_IGNORE; }
    ;

index_word: T_INDEX | T_KEY ;

hint_for:
      %empty                                { $$ = SQL_HINT_ALL; }
    | T_FOR T_JOIN                          { $$ = SQL_HINT_JOIN; }
    | T_FOR T_ORDER T_BY                    { $$ = SQL_HINT_ORDER_BY; }
    | T_FOR T_GROUP T_BY                    { $$ = SQL_HINT_GROUP_BY; }
    ;

opt_index_names:
      %empty                                { $$ = EMPTY_LIST; }
    | index_names                           { $$ = $1; }
    ;

index_names:
      index_name                            { $$ = ONE_OF($1); }
    | index_names ',' index_name            { $$ = ADD($1, $3); }
    ;

index_name:
      ident                                 { $$ = NEW(@$, IDENT, ident, .name = $1); }
    | T_PRIMARY                             { $$ = NEW(@$, IDENT, ident, .name = SLICE("PRIMARY")); }
    ;

json_columns:
      json_column                           { $$ = ONE_OF($1); }
    | json_columns ',' json_column          { $$ = ADD($1, $3); }
    ;

json_column:
      ident T_FOR T_ORDINALITY
        { $$ = NEW(@$, JSON_COLUMN, json_column, .column = SQL_JSON_COLUMN_ORDINALITY, .name = $1); }
    | ident type T_PATH string json_events
        {
            $$ = NEW(@$, JSON_COLUMN, json_column, .column = SQL_JSON_COLUMN_PATH, .name = $1, .type = &$2->node, .path = $4,
                     .on_empty = $5.empty, .on_error = $5.error);
        }
    | ident type T_EXISTS T_PATH string
        {
            $$ = NEW(@$, JSON_COLUMN, json_column, .column = SQL_JSON_COLUMN_EXISTS, .name = $1, .type = &$2->node,
                     .path = $5);
        }
    | T_NESTED opt_path string T_COLUMNS '(' json_columns ')'
        { $$ = NEW(@$, JSON_COLUMN, json_column, .column = SQL_JSON_COLUMN_NESTED, .path = $3, .columns = $6); }
    ;

opt_path: %empty | T_PATH ;

json_events:
      %empty                                { $$.empty = $$.error = NULL; }
    | json_events json_event T_ON T_EMPTY   { $$ = $1; $$.empty = $2; }
    | json_events json_event T_ON T_ERROR   { $$ = $1; $$.error = $2; }
    ;

json_event:
      T_ERROR                               { $$ = NEW(@$, WORD, word, .word = SLICE("ERROR")); }
    | T_NULL                                { $$ = NEW(@$, WORD, word, .word = SLICE("NULL")); }
    | T_DEFAULT literal                     { $$ = $2; }
    ;

/* ==== expressions ==== */

expr:
      bool_primary                          { $$ = $1; }
    | expr T_OR expr                        { $$ = sql_act_logic(p, @$, SQL_OP_OR, $1, $3); }
    | expr T_XOR expr                       { $$ = sql_act_binary(p, @$, SQL_OP_XOR, $1, $3); }
    | expr T_AND expr                       { $$ = sql_act_logic(p, @$, SQL_OP_AND, $1, $3); }
    | T_NOT expr                            { $$ = sql_act_unary(p, @$, SQL_OP_NOT, $2); }
    | T_USERVAR T_ASSIGN expr
        { $$ = NEW(@$, USERVAR_SET, uservar_set, .name = sql_act_uservar_name(p, $1), .value = $3); }
    ;

bool_primary:
      predicate                             { $$ = $1; }
    | bool_primary T_IS is_what             { $$ = NEW(@$, IS, is, .arg = $1, .what = $3); }
    | bool_primary T_IS T_NOT is_what       { $$ = NEW(@$, IS, is, .arg = $1, .what = $4, .negated = true); }
    | bool_primary comparison predicate     { $$ = sql_act_binary(p, @$, $2, $1, $3); }
    | bool_primary comparison all_or_any subquery
        { $$ = NEW(@$, QUANTIFIED, quantified, .op = $2, .all = $3, .arg = $1, .query = $4); }
    ;

is_what:
      T_NULL                                { $$ = SQL_IS_NULL; }
    | T_TRUE                                { $$ = SQL_IS_TRUE; }
    | T_FALSE                               { $$ = SQL_IS_FALSE; }
    | T_UNKNOWN                             { $$ = SQL_IS_UNKNOWN; }
    ;

comparison:
      '='                                   { $$ = SQL_OP_EQ; }
    | T_NULL_EQ                             { $$ = SQL_OP_NULL_EQ; }
    | T_NE                                  { $$ = SQL_OP_NE; }
    | '<'                                   { $$ = SQL_OP_LT; }
    | T_LE                                  { $$ = SQL_OP_LE; }
    | '>'                                   { $$ = SQL_OP_GT; }
    | T_GE                                  { $$ = SQL_OP_GE; }
    ;

all_or_any:
      T_ALL                                 { $$ = true; }
    | T_ANY                                 { $$ = false; }
    | T_SOME                                { $$ = false; }
    ;

predicate:
      bit_expr                              { $$ = $1; }
    | predicate T_IN subquery               { $$ = NEW(@$, IN_QUERY, in_query, .arg = $1, .query = $3); }
    | predicate T_NOT_IN subquery           { $$ = NEW(@$, IN_QUERY, in_query, .negated = true, .arg = $1, .query = $3); }
    | predicate T_IN '(' expr_list ')'      { $$ = NEW(@$, IN_LIST, in_list, .arg = $1, .items = $4); }
    | predicate T_NOT_IN '(' expr_list ')'  { $$ = NEW(@$, IN_LIST, in_list, .negated = true, .arg = $1, .items = $4); }
    | predicate T_BETWEEN bit_expr T_AND predicate %prec RANGE
        { $$ = NEW(@$, BETWEEN, between, .arg = $1, .low = $3, .high = $5); }
    | predicate T_NOT_BETWEEN bit_expr T_AND predicate %prec RANGE
        { $$ = NEW(@$, BETWEEN, between, .negated = true, .arg = $1, .low = $3, .high = $5); }
    /* MariaDB chains these: to the left, but a right operand takes the NOT .. behind it */
    | predicate T_LIKE predicate            { $$ = NEW(@$, LIKE, like, .arg = $1, .pattern = $3); }
    | predicate T_LIKE predicate T_ESCAPE simple_expr
        { $$ = NEW(@$, LIKE, like, .arg = $1, .pattern = $3, .escape = $5); }
    | predicate T_NOT_LIKE predicate %prec T_LIKE
        { $$ = NEW(@$, LIKE, like, .negated = true, .arg = $1, .pattern = $3); }
    | predicate T_NOT_LIKE predicate T_ESCAPE simple_expr
        { $$ = NEW(@$, LIKE, like, .negated = true, .arg = $1, .pattern = $3, .escape = $5); }
    | predicate T_REGEXP predicate          { $$ = NEW(@$, REGEXP, regexp, .arg = $1, .pattern = $3); }
    | predicate T_NOT_REGEXP predicate %prec T_LIKE
        { $$ = NEW(@$, REGEXP, regexp, .negated = true, .arg = $1, .pattern = $3); }
    | predicate T_SOUNDS_LIKE predicate     { $$ = sql_act_binary(p, @$, SQL_OP_SOUNDS_LIKE, $1, $3); }
    | predicate T_MEMBER_OF '(' bit_expr ')' { $$ = sql_act_binary(p, @$, SQL_OP_MEMBER_OF, $1, $4); }
    ;

bit_expr:
      simple_expr                           { $$ = $1; }
    | bit_expr '|' bit_expr                 { $$ = sql_act_binary(p, @$, SQL_OP_BIT_OR, $1, $3); }
    | bit_expr '&' bit_expr                 { $$ = sql_act_binary(p, @$, SQL_OP_BIT_AND, $1, $3); }
    | bit_expr T_SHIFT_LEFT bit_expr        { $$ = sql_act_binary(p, @$, SQL_OP_SHIFT_LEFT, $1, $3); }
    | bit_expr T_SHIFT_RIGHT bit_expr       { $$ = sql_act_binary(p, @$, SQL_OP_SHIFT_RIGHT, $1, $3); }
    | bit_expr '+' bit_expr                 { $$ = sql_act_binary(p, @$, SQL_OP_ADD, $1, $3); }
    | bit_expr '-' bit_expr                 { $$ = sql_act_binary(p, @$, SQL_OP_SUB, $1, $3); }
    | bit_expr '+' interval                 { $$ = sql_act_binary(p, @$, SQL_OP_ADD, $1, $3); }
    | bit_expr '-' interval                 { $$ = sql_act_binary(p, @$, SQL_OP_SUB, $1, $3); }
    | interval '+' bit_expr                 { $$ = sql_act_binary(p, @$, SQL_OP_ADD, $1, $3); }
    | bit_expr '*' bit_expr                 { $$ = sql_act_binary(p, @$, SQL_OP_MUL, $1, $3); }
    | bit_expr '/' bit_expr                 { $$ = sql_act_binary(p, @$, SQL_OP_DIV, $1, $3); }
    | bit_expr T_DIV bit_expr               { $$ = sql_act_binary(p, @$, SQL_OP_INT_DIV, $1, $3); }
    | bit_expr '%' bit_expr                 { $$ = sql_act_binary(p, @$, SQL_OP_MOD, $1, $3); }
    | bit_expr T_MOD bit_expr               { $$ = sql_act_binary(p, @$, SQL_OP_MOD, $1, $3); }
    | bit_expr '^' bit_expr                 { $$ = sql_act_binary(p, @$, SQL_OP_BIT_XOR, $1, $3); }
    ;

interval:
      T_INTERVAL expr unit                  { $$ = NEW(@$, INTERVAL, interval, .value = $2, .unit = $3); }
    ;

unit:
      T_UNIT                                { $$ = $1.value; }
    | T_UNIT_WORD                           { $$ = $1.value; }
    | T_YEAR                                { $$ = SQL_UNIT_YEAR; }
    ;

simple_expr:
      literal                               { $$ = $1; }
    | column_ref                            { $$ = $1; }
    | variable                              { $$ = $1; }
    | call                                  { $$ = $1; }
    | call over_clause                      { $$ = sql_act_over(p, @$, $1, $2); }
    | subquery                              { $$ = NEW(@$, SUBQUERY, subquery, .query = $1); }
    | T_EXISTS subquery                     { $$ = NEW(@$, EXISTS, exists, .query = $2); }
    | '(' expr ')'                          { $$ = $2; }
    | '(' expr ',' expr_list ')'            { $$ = sql_act_row(p, @$, $2, $4); }
    | T_ROW '(' opt_expr_list ')'           { $$ = NEW(@$, ROW, row, .items = $3); }
    | '{' T_IDENT expr '}'                  { $$ = sql_act_odbc(p, @$, $2, $3); }
    | simple_expr T_COLLATE charset_name    { $$ = NEW(@$, COLLATE, collate, .arg = $1, .collation = $3); }
    | simple_expr T_CONCAT simple_expr      { $$ = sql_act_concat(p, @$, $1, $3); }
    | column_ref T_JSON_GET string          { $$ = sql_act_binary(p, @$, SQL_OP_JSON_GET, $1, $3); }
    | column_ref T_JSON_GET_TEXT string     { $$ = sql_act_binary(p, @$, SQL_OP_JSON_GET_TEXT, $1, $3); }
    | '-' simple_expr %prec NEG             { $$ = sql_act_unary(p, @$, SQL_OP_NEG, $2); }
    | '+' simple_expr %prec NEG             { $$ = sql_act_unary(p, @$, SQL_OP_PLUS, $2); }
    | '~' simple_expr %prec NEG             { $$ = sql_act_unary(p, @$, SQL_OP_BIT_NOT, $2); }
    | T_BINARY simple_expr %prec NEG        { $$ = sql_act_unary(p, @$, SQL_OP_BINARY, $2); }
    | '!' simple_expr                       { $$ = sql_act_unary(p, @$, SQL_OP_NOT, $2); }
    | T_NOT2 simple_expr                    { $$ = sql_act_unary(p, @$, SQL_OP_NOT, $2); }
    | T_CASE opt_expr when_list opt_else T_END_WORD
        { $$ = NEW(@$, CASE, case, .operand = $2, .whens = $3, .otherwise = $4); }
    | T_DEFAULT '(' column_ref ')'          { $$ = NEW(@$, DEFAULT, default, .column = $3); }
    | T_VALUES_CALL '(' column_ref ')'      { $$ = NEW(@$, VALUES_OF, values_of, .column = $3); }
    | T_MATCH match_columns T_AGAINST '(' bit_expr match_mode ')'
        { $$ = NEW(@$, MATCH, match, .columns = $2, .against = $5, .mode = $6); }
    ;

literal:
      string                                { $$ = $1; }
    | T_INTEGER                             { $$ = sql_act_literal(p, @$, $1, SLICE_NULL); }
    | T_DECIMAL_NUMBER                      { $$ = sql_act_literal(p, @$, $1, SLICE_NULL); }
    | T_FLOAT_NUMBER                        { $$ = sql_act_literal(p, @$, $1, SLICE_NULL); }
    | T_PARAM                               { $$ = sql_act_literal(p, @$, $1, SLICE_NULL); }
    | T_NULL                                { $$ = sql_act_word_literal(p, @$, SQL_LITERAL_NULL); }
    | T_TRUE                                { $$ = sql_act_word_literal(p, @$, SQL_LITERAL_TRUE); }
    | T_FALSE                               { $$ = sql_act_word_literal(p, @$, SQL_LITERAL_FALSE); }
    | T_TEMPORAL T_STRING                   { $$ = sql_act_temporal(p, @$, $1, $2); }
    ;

/* also in clauses that want a string */
string:
      T_STRING                              { $$ = sql_act_literal(p, @$, $1, SLICE_NULL); }
    | T_HEX                                 { $$ = sql_act_literal(p, @$, $1, SLICE_NULL); }
    | T_BITS                                { $$ = sql_act_literal(p, @$, $1, SLICE_NULL); }
    | T_INTRODUCER T_STRING                 { $$ = sql_act_literal(p, @$, $2, sql_act_introducer(p, $1)); }
    | T_INTRODUCER T_HEX                    { $$ = sql_act_literal(p, @$, $2, sql_act_introducer(p, $1)); }
    | T_INTRODUCER T_BITS                   { $$ = sql_act_literal(p, @$, $2, sql_act_introducer(p, $1)); }
    ;

column_ref:
      ident                                 { $$ = NEW(@$, COLUMN, column, .name = $1); }
    | ident '.' ident                       { $$ = NEW(@$, COLUMN, column, .table = $1, .name = $3); }
    | ident '.' ident '.' ident             { $$ = NEW(@$, COLUMN, column, .db = $1, .table = $3, .name = $5); }
    | '.' ident '.' ident                   { $$ = NEW(@$, COLUMN, column, .table = $2, .name = $4); }
    ;

variable:
      T_USERVAR                             { $$ = sql_act_uservar(p, @$, $1); }
    | T_SYSVAR                              { $$ = sql_act_sysvar(p, @$, $1); }
    ;

call:
      ident '(' opt_arguments ')'           { $$ = sql_act_call(p, @$, SLICE_NULL, $1, $3); }
    | ident '(' opt_arguments ')' T_WITHIN T_GROUP '(' T_ORDER T_BY order_list ')'
        {
            struct sql_node *call_ = sql_act_call(p, @$, SLICE_NULL, $1, $3);
            $$ = NEW(@$, WITHIN_GROUP, within_group, .call = call_, .order = $10);
        }
    | ident '.' ident '(' opt_arguments ')' { $$ = sql_act_call(p, @$, $1, $3, $5); }
    | T_MOD '(' arguments ')'               { $$ = sql_act_call(p, @$, SLICE_NULL, SLICE("MOD"), $3); }
    | T_CHAR '(' expr_list ')'              { $$ = sql_act_call(p, @$, SLICE_NULL, SLICE("CHAR"), $3); }
    | T_CHAR '(' expr_list T_USING charset_name ')'
        { $$ = NEW(@$, CHAR_USING, char_using, .args = $3, .charset = $5); }
    | T_INTERVAL_CALL '(' expr_list ')'     { $$ = sql_act_call(p, @$, SLICE_NULL, SLICE("INTERVAL"), $3); }
    | T_NILADIC                             { $$ = sql_act_call(p, @$, SLICE_NULL, sql_act_text(p, @1), EMPTY_LIST); }
    | T_NILADIC '(' opt_expr_list ')'       { $$ = sql_act_call(p, @$, SLICE_NULL, sql_act_text(p, @1), $3); }
    | T_CAST '(' expr T_AS cast_type opt_array ')'
        { sql_as_type($5)->array = $6; $$ = NEW(@$, CAST, cast, .arg = $3, .type = $5); }
    | T_CONVERT '(' expr ',' cast_type ')'  { $$ = NEW(@$, CAST, cast, .arg = $3, .type = $5); }
    | T_CONVERT '(' expr T_USING charset_name ')' { $$ = NEW(@$, CONVERT, convert, .arg = $3, .charset = $5); }
    | T_CONVERT '(' expr T_USING T_DEFAULT ')' { $$ = NEW(@$, CONVERT, convert, .arg = $3); }
    | T_EXTRACT '(' unit T_FROM expr ')'    { $$ = NEW(@$, EXTRACT, extract, .unit = $3, .arg = $5); }
    | T_TRIM '(' expr ')'                   { $$ = NEW(@$, TRIM, trim, .arg = $3); }
    | T_TRIM '(' expr T_FROM expr ')'       { $$ = NEW(@$, TRIM, trim, .what = $3, .arg = $5); }
    | T_TRIM '(' trim_side T_FROM expr ')'  { $$ = NEW(@$, TRIM, trim, .side = $3, .arg = $5); }
    | T_TRIM '(' trim_side expr T_FROM expr ')' { $$ = NEW(@$, TRIM, trim, .side = $3, .what = $4, .arg = $6); }
    | T_SUBSTRING '(' arguments ')'         { $$ = sql_act_call(p, @$, SLICE_NULL, sql_act_text(p, @1), $3); }
    | T_SUBSTRING '(' expr T_FROM expr ')'
        { $$ = sql_act_call(p, @$, SLICE_NULL, SLICE("SUBSTRING"), ADD(ONE_OF($3), $5)); }
    | T_SUBSTRING '(' expr T_FROM expr T_FOR expr ')'
        { $$ = sql_act_call(p, @$, SLICE_NULL, SLICE("SUBSTRING"), ADD(ADD(ONE_OF($3), $5), $7)); }
    | T_POSITION '(' bit_expr T_IN expr ')'
        { $$ = sql_act_call(p, @$, SLICE_NULL, SLICE("LOCATE"), ADD(ONE_OF($3), $5)); }
    | T_WEIGHT_STRING '(' expr ')'          { $$ = NEW(@$, WEIGHT_STRING, weight_string, .arg = $3); }
    | T_WEIGHT_STRING '(' expr ',' expr ',' expr ',' expr ')'
        {
            struct sql_list l_ = ADD(ONE_OF($3), $5);
            l_ = ADD(l_, $7);
            $$ = sql_act_call(p, @$, SLICE_NULL, SLICE("WEIGHT_STRING"), ADD(l_, $9));
        }
    | T_WEIGHT_STRING '(' expr T_AS cast_type ')'
        { $$ = NEW(@$, WEIGHT_STRING, weight_string, .arg = $3, .type = $5); }
    | T_WEIGHT_STRING '(' expr T_LEVEL weight_levels ')'
        { $$ = NEW(@$, WEIGHT_STRING, weight_string, .arg = $3, .levels = sql_act_text(p, @5)); }
    | T_WEIGHT_STRING '(' expr T_AS cast_type T_LEVEL weight_levels ')'
        { $$ = NEW(@$, WEIGHT_STRING, weight_string, .arg = $3, .type = $5, .levels = sql_act_text(p, @7)); }
    | T_JSON_VALUE '(' expr ',' string json_returning json_events ')'
        {
            $$ = NEW(@$, JSON_VALUE, json_value, .arg = $3, .path = $5, .type = $6, .on_empty = $7.empty, .on_error = $7.error);
        }
    | T_NEXT T_VALUE T_FOR table_name       { $$ = NEW(@$, NEXT_VALUE, next_value, .sequence = $4); }
    | T_PREVIOUS T_VALUE T_FOR table_name   { $$ = NEW(@$, NEXT_VALUE, next_value, .previous = true, .sequence = $4); }
    | T_AGGREGATE '(' '*' ')'               { $$ = sql_act_count_star(p, @$, @3, $1); }
    | T_AGGREGATE '(' distinct_or_all arguments opt_order opt_separator opt_limit ')'
        {
            $$ = NEW(@$, AGGREGATE, aggregate, .func = $1.value, .distinct = $3, .args = $4, .order = $5,
                     .separator = $6, .limit = $7);
        }
    ;

json_returning:
      %empty                                { $$ = NULL; }
    | T_RETURNING cast_type                 { $$ = $2; }
    ;

opt_array:
      %empty                                { $$ = false; }
    | T_ARRAY                               { $$ = true; }
    ;

weight_levels:
      weight_level
    | weight_levels ',' weight_level
    ;

weight_level:
      T_INTEGER
    | T_INTEGER '-' T_INTEGER
    | weight_level T_ASC
    | weight_level T_DESC
    | weight_level T_IDENT
    ;

trim_side:
      T_BOTH                                { $$ = SQL_TRIM_BOTH; }
    | T_LEADING                             { $$ = SQL_TRIM_LEADING; }
    | T_TRAILING                            { $$ = SQL_TRIM_TRAILING; }
    ;

distinct_or_all:
      %empty                                { $$ = false; }
    | T_ALL                                 { $$ = false; }
    | T_DISTINCT                            { $$ = true; }
    ;

opt_separator:
      %empty                                { $$ = NULL; }
    | T_SEPARATOR string                    { $$ = $2; }
    ;

over_clause:
      opt_respect T_OVER ident              { $$ = NEW(@$, OVER, over, .window = $3); }
    | opt_respect T_OVER '(' window_spec ')' { $$ = NEW(@$, OVER, over, .spec = $4); }
    ;

opt_respect: %empty | T_RESPECT_NULLS ;

window_spec:
      opt_base_window opt_partition_by opt_order opt_frame
        { $$ = NEW(@$, WINDOW, window, .base = $1, .partition = $2, .order = $3, .frame = $4); }
    ;

opt_base_window:
      %empty                                { $$ = SLICE_NULL; }
    | ident                                 { $$ = $1; }
    ;

opt_partition_by:
      %empty                                { $$ = EMPTY_LIST; }
    | T_PARTITION T_BY order_list           { $$ = $3; }
    ;

opt_frame:
      %empty                                { $$ = NULL; }
    | frame_unit frame_bound opt_exclude    { $$ = NEW(@$, FRAME, frame, .unit = $1, .start = $2, .exclude = $3); }
    | frame_unit T_BETWEEN frame_bound T_AND frame_bound opt_exclude
        { $$ = NEW(@$, FRAME, frame, .unit = $1, .start = $3, .end = $5, .exclude = $6); }
    ;

frame_unit:
      T_ROWS                                { $$ = SQL_FRAME_ROWS; }
    | T_RANGE                               { $$ = SQL_FRAME_RANGE; }
    | T_GROUPS                              { $$ = SQL_FRAME_GROUPS; }
    ;

frame_bound:
      T_UNBOUNDED T_PRECEDING               { $$ = NEW(@$, BOUND, bound, .bound = SQL_BOUND_UNBOUNDED_PRECEDING); }
    | T_UNBOUNDED T_FOLLOWING               { $$ = NEW(@$, BOUND, bound, .bound = SQL_BOUND_UNBOUNDED_FOLLOWING); }
    | T_CURRENT T_ROW                       { $$ = NEW(@$, BOUND, bound, .bound = SQL_BOUND_CURRENT_ROW); }
    | bit_expr T_PRECEDING                  { $$ = NEW(@$, BOUND, bound, .bound = SQL_BOUND_PRECEDING, .offset = $1); }
    | bit_expr T_FOLLOWING                  { $$ = NEW(@$, BOUND, bound, .bound = SQL_BOUND_FOLLOWING, .offset = $1); }
    | interval T_PRECEDING                  { $$ = NEW(@$, BOUND, bound, .bound = SQL_BOUND_PRECEDING, .offset = $1); }
    | interval T_FOLLOWING                  { $$ = NEW(@$, BOUND, bound, .bound = SQL_BOUND_FOLLOWING, .offset = $1); }
    ;

opt_exclude:
      %empty                                { $$ = SQL_EXCLUDE_NONE; }
    | T_EXCLUDE T_CURRENT T_ROW             { $$ = SQL_EXCLUDE_CURRENT_ROW; }
    | T_EXCLUDE T_GROUP                     { $$ = SQL_EXCLUDE_GROUP; }
    | T_EXCLUDE T_TIES                      { $$ = SQL_EXCLUDE_TIES; }
    | T_EXCLUDE T_NO T_OTHERS               { $$ = SQL_EXCLUDE_NO_OTHERS; }
    ;

opt_expr:
      %empty                                { $$ = NULL; }
    | expr                                  { $$ = $1; }
    ;

opt_else:
      %empty                                { $$ = NULL; }
    | T_ELSE expr                           { $$ = $2; }
    ;

when_list:
      when                                  { $$ = ONE_OF($1); }
    | when_list when                        { $$ = ADD($1, $2); }
    ;

when:
      T_WHEN expr T_THEN expr               { $$ = NEW(@$, WHEN, when, .condition = $2, .result = $4); }
    ;

match_columns:
      '(' match_list ')'                    { $$ = $2; }
    | match_list                            { $$ = $1; }
    ;

match_list:
      column_ref                            { $$ = ONE_OF($1); }
    | match_list ',' column_ref             { $$ = ADD($1, $3); }
    ;

match_mode:
      %empty                                { $$ = SQL_MATCH_DEFAULT; }
    | T_IN T_NATURAL T_LANGUAGE T_MODE      { $$ = SQL_MATCH_NATURAL; }
    | T_IN T_NATURAL T_LANGUAGE T_MODE T_WITH T_QUERY T_EXPANSION { $$ = SQL_MATCH_NATURAL_EXPANSION; }
    | T_IN T_BOOLEAN T_MODE                 { $$ = SQL_MATCH_BOOLEAN; }
    | T_WITH T_QUERY T_EXPANSION            { $$ = SQL_MATCH_EXPANSION; }
    ;

opt_expr_list:
      %empty                                { $$ = EMPTY_LIST; }
    | expr_list                             { $$ = $1; }
    ;

expr_list:
      expr                                  { $$ = ONE_OF($1); }
    | expr_list ',' expr                    { $$ = ADD($1, $3); }
    ;

opt_arguments:
      %empty                                { $$ = EMPTY_LIST; }
    | arguments                             { $$ = $1; }
    ;

arguments:
      argument                              { $$ = ONE_OF($1); }
    | arguments ',' argument                { $$ = ADD($1, $3); }
    ;

argument:
      expr                                  { $$ = $1; }
    | interval                              { $$ = $1; }
    | expr T_AS cast_type                   { $$ = NEW(@$, NAMED_ARG, named_arg, .value = $1, .type = $3); }
    | expr T_AS T_STRING                    { $$ = NEW(@$, NAMED_ARG, named_arg, .value = $1, .name = sql_act_string(p, $3)); }
    ;

ident:
      T_IDENT                               { $$ = NAME_OF($1); }
    | nonreserved                           { $$ = NAME_OF($1); }
    ;

nonreserved:
      @nonreserved
    ;

/* ==== data change ==== */

insert:
      insert_word insert_priority opt_ignore opt_into table_name opt_partition insert_source opt_on_duplicate opt_returning
        {
            $$ = sql_act_respan(p, &$7->node, @$);
            $7->replace = $1;
            $7->priority = $2;
            $7->ignore = $3;
            $7->table = $5;
            sql_as_table($5)->partitions = $6;
            $7->on_duplicate = $8;
            $7->returning = $9;
        }
    ;

insert_word:
      T_INSERT                              { $$ = false; }
    | T_REPLACE                             { $$ = true; }
    ;

insert_priority:
      %empty                                { $$ = SQL_PRIORITY_NONE; }
    | T_LOW_PRIORITY                        { $$ = SQL_PRIORITY_LOW; }
    | T_DELAYED                             { $$ = SQL_PRIORITY_DELAYED; }
    | T_HIGH_PRIORITY                       { $$ = SQL_PRIORITY_HIGH; }
    ;

opt_ignore:
      %empty                                { $$ = false; }
    | T_IGNORE                              { $$ = true; }
    ;

opt_into: %empty | T_INTO ;

insert_source:
      insert_columns T_INSERT_VALUES row_list row_alias
        {
            $$ = sql_as_insert(NEW(@$, INSERT, insert, .column_list = $1.given, .columns = $1.list, .rows = $3,
                                   .row_alias = $4.name, .row_columns = $4.list));
        }
    | insert_columns query_expression
        { $$ = sql_as_insert(NEW(@$, INSERT, insert, .column_list = $1.given, .columns = $1.list, .query = $2)); }
    | T_SET assignments row_alias
        { $$ = sql_act_insert_set(p, @$, $2, $3.name, $3.list); }
    ;

insert_columns:
      %empty                                { $$.given = false; $$.list = EMPTY_LIST; }
    | '(' ')'                               { $$.given = true; $$.list = EMPTY_LIST; }
    | '(' columns ')'                       { $$.given = true; $$.list = $2; }
    ;

columns:
      column_ref                            { $$ = ONE_OF($1); }
    | columns ',' column_ref                { $$ = ADD($1, $3); }
    ;

row_alias:
      %empty                                { $$.name = SLICE_NULL; $$.list = EMPTY_LIST; }
    | T_AS ident opt_column_list            { $$.name = $2; $$.list = $3; }
    ;

row_list:
      row                                   { $$ = ONE_OF($1); }
    | row_list ',' row                      { $$ = ADD($1, $3); }
    ;

row:
      '(' row_values ')'                    { $$ = NEW(@$, ROW, row, .items = $2); }
    | '(' ')'                               { $$ = NEW(@$, ROW, row, .items = EMPTY_LIST); }
    | T_ROW '(' row_values ')'              { $$ = NEW(@$, ROW, row, .items = $3); }
    | T_ROW '(' ')'                         { $$ = NEW(@$, ROW, row, .items = EMPTY_LIST); }
    ;

row_values:
      expr_or_default                       { $$ = ONE_OF($1); }
    | row_values ',' expr_or_default        { $$ = ADD($1, $3); }
    ;

expr_or_default:
      expr                                  { $$ = $1; }
    | T_DEFAULT                             { $$ = NEW(@$, DEFAULT, default, .column = NULL); }
    | T_IGNORE                              { $$ = NEW(@$, WORD, word, .word = SLICE("IGNORE")); }
    ;

assignments:
      assignment                            { $$ = ONE_OF($1); }
    | assignments ',' assignment            { $$ = ADD($1, $3); }
    ;

assignment:
      column_ref equals expr_or_default     { $$ = NEW(@$, ASSIGN, assign, .column = $1, .value = $3); }
    ;

equals: '=' | T_ASSIGN ;

opt_on_duplicate:
      %empty                                { $$ = EMPTY_LIST; }
    | T_ON_DUPLICATE T_UPDATE assignments   { $$ = $3; }
    ;

opt_returning:
      %empty                                { $$ = EMPTY_LIST; }
    | T_RETURNING select_items              { $$ = $2; }
    ;

update:
      T_UPDATE opt_low_priority opt_ignore table_refs opt_portion T_SET assignments opt_where opt_order opt_limit opt_returning
        {
            $$ = NEW(@$, UPDATE, update, .low_priority = $2, .ignore = $3, .tables = $4, .portion = $5, .set = $7,
                     .where = $8, .order = $9, .limit = $10, .returning = $11);
        }
    ;

opt_low_priority:
      %empty                                { $$ = false; }
    | T_LOW_PRIORITY                        { $$ = true; }
    ;

opt_portion:
      %empty                                { $$ = NULL; }
    | T_FOR_PORTION T_OF ident T_FROM bit_expr T_TO bit_expr
        { $$ = NEW(@$, PORTION, portion, .period = $3, .from = $5, .to = $7); }
    ;

delete:
      T_DELETE delete_options T_FROM table_factor opt_portion opt_where opt_order opt_limit opt_returning
        {
            $$ = NEW(@$, DELETE, delete, .low_priority = $2 & 1, .quick = $2 >> 1 & 1, .ignore = $2 >> 2 & 1,
                     .from = ONE_OF($4), .portion = $5, .where = $6, .order = $7, .limit = $8, .returning = $9);
        }
    | T_DELETE T_HISTORY T_FROM table_factor
        { $$ = NEW(@$, DELETE, delete, .history = true, .from = ONE_OF($4)); }
    | T_DELETE_MULTI delete_options delete_targets T_FROM table_refs opt_where
        {
            $$ = NEW(@$, DELETE, delete, .low_priority = $2 & 1, .quick = $2 >> 1 & 1, .ignore = $2 >> 2 & 1,
                     .targets = $3, .from = $5, .where = $6);
        }
    | T_DELETE_USING delete_options T_FROM delete_targets T_USING table_refs opt_where
        {
            $$ = NEW(@$, DELETE, delete, .low_priority = $2 & 1, .quick = $2 >> 1 & 1, .ignore = $2 >> 2 & 1,
                     .using_form = true, .targets = $4, .from = $6, .where = $7);
        }
    ;

delete_options:
      %empty                                { $$ = 0; }
    | delete_options T_LOW_PRIORITY         { $$ = $1 | 1; }
    | delete_options T_QUICK                { $$ = $1 | 2; }
    | delete_options T_IGNORE               { $$ = $1 | 4; }
    ;

delete_targets:
      delete_target                         { $$ = ONE_OF($1); }
    | delete_targets ',' delete_target      { $$ = ADD($1, $3); }
    ;

delete_target:
      ident                                 { $$ = NEW(@$, TABLE, table, .name = $1); }
    | ident '.' '*'                         { $$ = NEW(@$, TABLE, table, .name = $1); }
    | ident '.' ident                       { $$ = NEW(@$, TABLE, table, .db = $1, .name = $3); }
    | ident '.' ident '.' '*'               { $$ = NEW(@$, TABLE, table, .db = $1, .name = $3); }
    ;

load_data:
      T_LOAD load_kind load_priority opt_local T_INFILE string load_duplicates T_INTO T_TABLE table_name opt_partition
      opt_charset opt_row_tag file_format load_ignore load_columns load_set
        {
            sql_as_table($10)->partitions = $11;
            $$ = NEW(@$, LOAD_DATA, load_data, .xml = $2, .priority = $3, .local = $4, .file = $6, .duplicates = $7,
                     .table = $10, .charset = $12, .format = $14, .ignore_lines = $15, .columns = $16, .set = $17);
        }
    ;

load_kind:
      T_DATA                                { $$ = false; }
    | T_XML                                 { $$ = true; }
    ;

load_priority:
      %empty                                { $$ = SQL_PRIORITY_NONE; }
    | T_LOW_PRIORITY                        { $$ = SQL_PRIORITY_LOW; }
    | T_CONCURRENT                          { $$ = SQL_PRIORITY_CONCURRENT; }
    ;

opt_local:
      %empty                                { $$ = false; }
    | T_LOCAL                               { $$ = true; }
    ;

load_duplicates:
      %empty                                { $$ = SQL_DUPLICATES_ERROR; }
    | T_IGNORE                              { $$ = SQL_DUPLICATES_IGNORE; }
    | T_REPLACE                             { $$ = SQL_DUPLICATES_REPLACE; }
    ;

opt_row_tag: %empty | T_ROWS T_IDENTIFIED T_BY string ;

load_ignore:
      %empty                                { $$ = NULL; }
    | T_IGNORE number T_LINES               { $$ = $2; }
    | T_IGNORE number T_ROWS                { $$ = $2; }
    ;

load_columns:
      %empty                                { $$ = EMPTY_LIST; }
    | '(' ')'                               { $$ = EMPTY_LIST; }
    | '(' load_column_list ')'              { $$ = $2; }
    ;

load_column_list:
      load_column                           { $$ = ONE_OF($1); }
    | load_column_list ',' load_column      { $$ = ADD($1, $3); }
    ;

load_column:
      column_ref                            { $$ = $1; }
    | T_USERVAR                             { $$ = sql_act_uservar(p, @$, $1); }
    ;

load_set:
      %empty                                { $$ = EMPTY_LIST; }
    | T_SET assignments                     { $$ = $2; }
    ;

/* ==== types ==== */

type:
      int_type opt_length number_attributes { $$ = sql_act_type(p, @$, $1, $2, -1); $$->is_unsigned = $3 & 1; $$->zerofill = $3 >> 1 & 1; }
    | T_DECIMAL opt_size number_attributes  { $$ = sql_act_type(p, @$, SQL_TYPE_DECIMAL, $2.length, $2.decimals); $$->is_unsigned = $3 & 1; $$->zerofill = $3 >> 1 & 1; }
    | T_FIXED opt_size number_attributes    { $$ = sql_act_type(p, @$, SQL_TYPE_DECIMAL, $2.length, $2.decimals); $$->is_unsigned = $3 & 1; $$->zerofill = $3 >> 1 & 1; }
    | T_NUMBER opt_size number_attributes   { $$ = sql_act_type(p, @$, SQL_TYPE_DECIMAL, $2.length, $2.decimals); $$->is_unsigned = $3 & 1; $$->zerofill = $3 >> 1 & 1; }
    | T_FLOAT opt_size number_attributes    { $$ = sql_act_type(p, @$, SQL_TYPE_FLOAT, $2.length, $2.decimals); $$->is_unsigned = $3 & 1; $$->zerofill = $3 >> 1 & 1; }
    | T_DOUBLE opt_precision opt_size number_attributes
        { $$ = sql_act_type(p, @$, SQL_TYPE_DOUBLE, $3.length, $3.decimals); $$->is_unsigned = $4 & 1; $$->zerofill = $4 >> 1 & 1; }
    | T_BIT opt_length                      { $$ = sql_act_type(p, @$, SQL_TYPE_BIT, $2, -1); }
    | T_BOOL                                { $$ = sql_act_type(p, @$, SQL_TYPE_BOOL, -1, -1); }
    | T_BOOLEAN                             { $$ = sql_act_type(p, @$, SQL_TYPE_BOOL, -1, -1); }
    | char_type opt_length char_attributes %prec EMPTY { $$ = sql_act_type(p, @$, $1 & 0xff, $2, -1); $$->national = $1 >> 8; $$->charset = $3.charset; $$->collation = $3.collation; $$->binary = $3.binary; }
    | T_BINARY opt_length                   { $$ = sql_act_type(p, @$, SQL_TYPE_BINARY, $2, -1); }
    | T_VARBINARY opt_length                { $$ = sql_act_type(p, @$, SQL_TYPE_VARBINARY, $2, -1); }
    | blob_type opt_length                  { $$ = sql_act_type(p, @$, $1, $2, -1); }
    | time_type opt_length                  { $$ = sql_act_type(p, @$, $1, $2, -1); }
    | T_YEAR opt_length number_attributes   { $$ = sql_act_type(p, @$, SQL_TYPE_YEAR, $2, -1); $$->is_unsigned = $3 & 1; $$->zerofill = $3 >> 1 & 1; }
    | T_ENUM '(' string_list ')' char_attributes %prec EMPTY
        { $$ = sql_act_type(p, @$, SQL_TYPE_ENUM, -1, -1); $$->values = $3; $$->national = 0; $$->charset = $5.charset; $$->collation = $5.collation; $$->binary = $5.binary; }
    | T_SET '(' string_list ')' char_attributes %prec EMPTY
        { $$ = sql_act_type(p, @$, SQL_TYPE_SET, -1, -1); $$->values = $3; $$->national = 0; $$->charset = $5.charset; $$->collation = $5.collation; $$->binary = $5.binary; }
    | T_JSON char_attributes %prec EMPTY     { $$ = sql_act_type(p, @$, SQL_TYPE_JSON, -1, -1); $$->national = 0; $$->charset = $2.charset; $$->collation = $2.collation; $$->binary = $2.binary; }
    | T_SERIAL                              { $$ = sql_act_type(p, @$, SQL_TYPE_SERIAL, -1, -1); }
    | geometry_word                         { $$ = sql_act_type(p, @$, SQL_TYPE_GEOMETRY, -1, -1); $$->word = sql_act_text(p, @1); }
    | geometry_word '(' T_INTEGER ')'       { $$ = sql_act_type(p, @$, SQL_TYPE_GEOMETRY, -1, -1); $$->word = sql_act_text(p, @1); }
    | T_IDENT opt_length                    { $$ = sql_act_type(p, @$, SQL_TYPE_OTHER, $2, -1); $$->word = NAME_OF($1); }
    ;

int_type:
      T_INT                                 { $$ = SQL_TYPE_INT; }
    | T_TINYINT                             { $$ = SQL_TYPE_TINYINT; }
    | T_SMALLINT                            { $$ = SQL_TYPE_SMALLINT; }
    | T_MEDIUMINT                           { $$ = SQL_TYPE_MEDIUMINT; }
    | T_BIGINT                              { $$ = SQL_TYPE_BIGINT; }
    ;

/* bit 8: national character set */
char_type:
      T_CHAR                                { $$ = SQL_TYPE_CHAR; }
    | T_CHARACTER                           { $$ = SQL_TYPE_CHAR; }
    | T_VARCHAR                             { $$ = SQL_TYPE_VARCHAR; }
    | T_CHAR T_VARYING                      { $$ = SQL_TYPE_VARCHAR; }
    | T_CHARACTER T_VARYING                 { $$ = SQL_TYPE_VARCHAR; }
    | T_NCHAR                               { $$ = SQL_TYPE_CHAR | 256; }
    | T_NATIONAL T_CHAR                     { $$ = SQL_TYPE_CHAR | 256; }
    | T_NATIONAL T_CHARACTER                { $$ = SQL_TYPE_CHAR | 256; }
    | T_NVARCHAR                            { $$ = SQL_TYPE_VARCHAR | 256; }
    | T_NATIONAL T_VARCHAR                  { $$ = SQL_TYPE_VARCHAR | 256; }
    | T_NATIONAL T_CHAR T_VARYING           { $$ = SQL_TYPE_VARCHAR | 256; }
    | T_NATIONAL T_CHARACTER T_VARYING      { $$ = SQL_TYPE_VARCHAR | 256; }
    | T_NCHAR T_VARYING                     { $$ = SQL_TYPE_VARCHAR | 256; }
    | T_NCHAR T_VARCHAR                     { $$ = SQL_TYPE_VARCHAR | 256; }
    | T_TINYTEXT                            { $$ = SQL_TYPE_TINYTEXT; }
    | T_TEXT_WORD                           { $$ = SQL_TYPE_TEXT; }
    | T_MEDIUMTEXT                          { $$ = SQL_TYPE_MEDIUMTEXT; }
    | T_LONGTEXT                            { $$ = SQL_TYPE_LONGTEXT; }
    | T_LONG                                { $$ = SQL_TYPE_MEDIUMTEXT; }
    | T_LONG T_VARCHAR                      { $$ = SQL_TYPE_MEDIUMTEXT; }
    | T_LONG T_CHAR T_VARYING               { $$ = SQL_TYPE_MEDIUMTEXT; }
    ;

blob_type:
      T_TINYBLOB                            { $$ = SQL_TYPE_TINYBLOB; }
    | T_BLOB                                { $$ = SQL_TYPE_BLOB; }
    | T_MEDIUMBLOB                          { $$ = SQL_TYPE_MEDIUMBLOB; }
    | T_LONGBLOB                            { $$ = SQL_TYPE_LONGBLOB; }
    | T_LONG T_VARBINARY                    { $$ = SQL_TYPE_MEDIUMBLOB; }
    ;

time_type:
      T_DATE                                { $$ = SQL_TYPE_DATE; }
    | T_TIME                                { $$ = SQL_TYPE_TIME; }
    | T_DATETIME                            { $$ = SQL_TYPE_DATETIME; }
    | T_TIMESTAMP                           { $$ = SQL_TYPE_TIMESTAMP; }
    ;

geometry_word: T_GEOMETRY | T_GEOMETRY_WORD ;

opt_precision: %empty | T_PRECISION ;

opt_length:
      %empty                                { $$ = -1; }
    | '(' T_INTEGER ')'                     { $$ = sql_act_number(p, $2); }
    | '(' ')'                               { $$ = -1; }
    ;

opt_size:
      %empty                                { $$.length = -1; $$.decimals = -1; }
    | '(' T_INTEGER ')'                     { $$.length = sql_act_number(p, $2); $$.decimals = -1; }
    | '(' T_DECIMAL_NUMBER ')'              { $$.length = sql_act_whole(p, $2); $$.decimals = -1; }
    | '(' T_INTEGER ',' T_INTEGER ')'
        { $$.length = sql_act_number(p, $2); $$.decimals = sql_act_small(p, $4); }
    ;

number_attributes:
      %empty                                { $$ = 0; }
    | number_attributes T_UNSIGNED          { $$ = $1 | 1; }
    | number_attributes T_SIGNED            { $$ = $1; }
    | number_attributes T_ZEROFILL          { $$ = $1 | 2; }
    ;

char_attributes:
      %empty                                { $$ = (struct sql_char_attributes){0}; }
    | char_attributes charset_words charset_name { $$ = $1; $$.charset = $3; }
    | char_attributes T_CHARACTER T_SET T_DEFAULT { $$ = $1; }
    | char_attributes T_COLLATE charset_name { $$ = $1; $$.collation = $3; }
    | char_attributes T_COLLATE '=' charset_name { $$ = $1; $$.collation = $4; }
    | char_attributes T_COLLATE T_DEFAULT   { $$ = $1; }
    | char_attributes T_BINARY              { $$ = $1; $$.binary = true; }
    | char_attributes T_BYTE                { $$ = $1; $$.charset = SLICE("binary"); }
    | char_attributes T_ASCII               { $$ = $1; $$.charset = SLICE("latin1"); }
    | char_attributes T_UNICODE             { $$ = $1; $$.charset = SLICE("ucs2"); }
    ;

string_list:
      string                                { $$ = ONE_OF($1); }
    | string_list ',' string                { $$ = ADD($1, $3); }
    ;

/* what CAST and CONVERT take; the words SIGNED and UNSIGNED may have INTEGER behind them */
cast_type:
      type                                  { $$ = &$1->node; }
    | T_SIGNED opt_int                      { $$ = &sql_act_type(p, @$, SQL_TYPE_SIGNED, -1, -1)->node; }
    | T_UNSIGNED opt_int                    { $$ = &sql_act_type(p, @$, SQL_TYPE_UNSIGNED, -1, -1)->node; }
    | T_INTERVAL unit opt_length
        {
            struct sql_type *t_ = sql_act_type(p, @$, SQL_TYPE_INTERVAL, -1, -1);
            t_->word = sql_act_text(p, (struct sql_span){@2.begin, @3.end});
            $$ = &t_->node;
        }
    ;

opt_int: %empty | T_INT ;

/* ==== statements ==== */

statement:
      %empty                                { $$ = NEW(@$, EMPTY, empty, .unused = false); }
    | dml                                   { $$ = $1; }
    | T_OPAQUE                              { $$ = NEW(@$, OPAQUE, opaque, .opaque = $1.value, .text = sql_act_text(p, @$)); }
    | session                               { $$ = $1; }
    | ddl                                   { $$ = $1; }
    ;

/* what EXPLAIN takes too */
dml:
      query_expression                      { $$ = $1; }
    | insert                                { $$ = $1; }
    | with_clause update                    { sql_as_update($2)->with = $1; $$ = $2; }
    | update                                { $$ = $1; }
    | with_clause delete                    { sql_as_delete($2)->with = $1; $$ = $2; }
    | delete                                { $$ = $1; }
    ;

/* ==== session ==== */

session:
      T_BEGIN opt_work                      { $$ = NEW(@$, BEGIN, begin, .options = 0); }
    | T_START T_TRANSACTION start_options   { $$ = NEW(@$, BEGIN, begin, .options = (uint32_t) $3); }
    | T_COMMIT opt_work completion          { $$ = NEW(@$, COMMIT, commit, .chain = $3.chain, .release = $3.release); }
    | T_ROLLBACK opt_work completion
        { $$ = NEW(@$, COMMIT, commit, .rollback = true, .chain = $3.chain, .release = $3.release); }
    | T_ROLLBACK opt_work T_TO ident
        { $$ = NEW(@$, SAVEPOINT, savepoint, .savepoint = SQL_SAVEPOINT_ROLLBACK, .name = $4); }
    | T_ROLLBACK opt_work T_TO T_SAVEPOINT ident
        { $$ = NEW(@$, SAVEPOINT, savepoint, .savepoint = SQL_SAVEPOINT_ROLLBACK, .name = $5); }
    | T_SAVEPOINT ident                     { $$ = NEW(@$, SAVEPOINT, savepoint, .savepoint = SQL_SAVEPOINT_SET, .name = $2); }
    | T_RELEASE T_SAVEPOINT ident           { $$ = NEW(@$, SAVEPOINT, savepoint, .savepoint = SQL_SAVEPOINT_RELEASE, .name = $3); }
    | T_SET set_items                       { $$ = NEW(@$, SET, set, .items = $2); }
    | T_SET T_STATEMENT set_items T_FOR statement
        { $$ = NEW(@$, SET_STATEMENT, set_statement, .items = $3, .stmt = $5); }
    | T_SET opt_scope T_TRANSACTION characteristics
        {
            $$ = NEW(@$, SET_TRANSACTION, set_transaction, .scope = $2, .isolation = $4.isolation, .access = $4.access);
        }
    | T_SET T_PASSWORD T_TEXT
        { $$ = NEW(@$, SET, set, .items = ONE_OF(NEW(@$, SET_PASSWORD, set_password, .text = sql_act_text(p, @$)))); }
    | T_SET T_ROLE T_TEXT
        { $$ = NEW(@$, SET, set, .items = ONE_OF(NEW(@$, SET_ROLE, set_role, .text = sql_act_text(p, @$)))); }
    | T_LOCK tables_word lock_items lock_wait
        { $$ = NEW(@$, LOCK_TABLES, lock_tables, .tables = $3, .wait = $4.seconds); }
    | T_UNLOCK tables_word                  { $$ = NEW(@$, UNLOCK_TABLES, unlock_tables, .unused = false); }
    | T_USE ident                           { $$ = NEW(@$, USE, use, .db = $2); }
    | T_SHOW_HEAD show_like opt_where opt_limit { $$ = sql_act_show(p, @$, $1, $2, $3, $4); }
    | T_DESCRIBE_TABLE table_name           { $$ = NEW(@$, DESCRIBE, describe, .table = $2); }
    | T_DESCRIBE_TABLE table_name ident     { $$ = NEW(@$, DESCRIBE, describe, .table = $2, .column = $3); }
    | T_DESCRIBE_TABLE table_name T_STRING
        { $$ = NEW(@$, DESCRIBE, describe, .table = $2, .pattern = sql_act_literal(p, @3, $3, SLICE_NULL)); }
    | explain                               { $$ = $1; }
    | T_PREPARE ident T_FROM expr           { $$ = NEW(@$, PREPARE, prepare, .name = $2, .from = $4); }
    | T_EXECUTE ident                       { $$ = NEW(@$, EXECUTE, execute, .name = $2); }
    | T_EXECUTE ident T_USING row_values    { $$ = NEW(@$, EXECUTE, execute, .name = $2, .using = $4); }
    | T_EXECUTE T_IMMEDIATE expr            { $$ = NEW(@$, EXECUTE, execute, .immediate = $3); }
    | T_EXECUTE T_IMMEDIATE expr T_USING row_values
        { $$ = NEW(@$, EXECUTE, execute, .immediate = $3, .using = $5); }
    | T_DEALLOCATE T_PREPARE ident          { $$ = NEW(@$, DEALLOCATE, deallocate, .name = $3); }
    | T_DROP T_PREPARE ident                { $$ = NEW(@$, DEALLOCATE, deallocate, .name = $3); }
    | T_CALL ident call_arguments           { $$ = NEW(@$, CALL, call, .name = $2, .args = $3); }
    | T_CALL ident '.' ident call_arguments { $$ = NEW(@$, CALL, call, .db = $2, .name = $4, .args = $5); }
    | T_DO do_items                         { $$ = NEW(@$, DO, do, .args = $2); }
    | T_HANDLER table_name T_TEXT           { $$ = sql_act_handler(p, @$, $2, $3); }
    | T_KILL expr                           { $$ = NEW(@$, KILL, kill, .id = $2); }
    | T_KILL kill_words expr
        {
            $$ = NEW(@$, KILL, kill, .query = $2 & 1, .soft = $2 >> 1 & 1, .query_id = $2 >> 2 & 1,
                     .user = $2 >> 3 & 1, .id = $3);
        }
    | T_KILL kill_words ident T_USERVAR
        {
            $$ = NEW(@$, KILL, kill, .query = $2 & 1, .soft = $2 >> 1 & 1, .user = true,
                     .id = NEW(@3, WORD, word, .word = sql_act_text(p, (struct sql_span){@3.begin, @4.end})));
        }
    | T_FLUSH T_TEXT                        { $$ = NEW(@$, FLUSH, flush, .text = sql_act_text(p, @2)); }
    | maintenance_word opt_no_write tables_word table_names opt_text
        {
            $$ = NEW(@$, MAINTENANCE, maintenance, .maintenance = $1, .no_write = $2, .tables = $4, .text = $5);
        }
    | load_data                             { $$ = $1; }
    ;

opt_work: %empty | T_WORK ;
tables_word: T_TABLE | T_TABLES ;

start_options:
      %empty                                { $$ = 0; }
    | start_option                          { $$ = $1; }
    | start_options ',' start_option        { $$ = $1 | $3; }
    ;

start_option:
      T_WITH T_CONSISTENT T_SNAPSHOT        { $$ = SQL_TXN_SNAPSHOT; }
    | T_READ T_ONLY                         { $$ = SQL_TXN_READ_ONLY; }
    | T_READ T_WRITE                        { $$ = SQL_TXN_READ_WRITE; }
    ;

completion:
      opt_chain opt_release                 { $$.chain = $1; $$.release = $2; }
    ;

opt_chain:
      %empty                                { $$ = SQL_UNSAID; }
    | T_AND T_CHAIN                         { $$ = SQL_YES; }
    | T_AND T_NO T_CHAIN                    { $$ = SQL_NO; }
    ;

opt_release:
      %empty                                { $$ = SQL_UNSAID; }
    | T_RELEASE                             { $$ = SQL_YES; }
    | T_NO T_RELEASE                        { $$ = SQL_NO; }
    ;

opt_scope:
      %empty                                { $$ = SQL_SCOPE_NONE; }
    | set_scope                             { $$ = $1; }
    ;

set_scope:
      T_GLOBAL                              { $$ = SQL_SCOPE_GLOBAL; }
    | T_SESSION                             { $$ = SQL_SCOPE_SESSION; }
    | T_LOCAL                               { $$ = SQL_SCOPE_SESSION; }
    | T_PERSIST                             { $$ = SQL_SCOPE_PERSIST; }
    | T_PERSIST_ONLY                        { $$ = SQL_SCOPE_PERSIST_ONLY; }
    ;

characteristics:
      characteristic                        { $$ = $1; }
    | characteristics ',' characteristic
        {
            $$.isolation = $3.isolation ? $3.isolation : $1.isolation;
            $$.access = $3.access ? $3.access : $1.access;
        }
    ;

characteristic:
      T_ISOLATION T_LEVEL isolation         { $$.isolation = $3; $$.access = SQL_ACCESS_UNSAID; }
    | T_READ T_ONLY                         { $$.isolation = SQL_ISOLATION_UNSAID; $$.access = SQL_ACCESS_READ_ONLY; }
    | T_READ T_WRITE                        { $$.isolation = SQL_ISOLATION_UNSAID; $$.access = SQL_ACCESS_READ_WRITE; }
    ;

isolation:
      T_READ T_UNCOMMITTED                  { $$ = SQL_ISOLATION_READ_UNCOMMITTED; }
    | T_READ T_COMMITTED                    { $$ = SQL_ISOLATION_READ_COMMITTED; }
    | T_REPEATABLE T_READ                   { $$ = SQL_ISOLATION_REPEATABLE_READ; }
    | T_SERIALIZABLE                        { $$ = SQL_ISOLATION_SERIALIZABLE; }
    ;

set_items:
      set_item                              { $$ = ONE_OF($1); }
    | set_items ',' set_item                { $$ = ADD($1, $3); }
    ;

set_item:
      opt_scope ident equals set_value      { $$ = sql_act_set_var(p, @$, $1, SLICE_NULL, $2, $4); }
    | opt_scope ident '.' ident equals set_value { $$ = sql_act_set_var(p, @$, $1, $2, $4, $6); }
    | opt_scope T_DEFAULT '.' ident equals set_value { $$ = sql_act_set_var(p, @$, $1, SLICE("default"), $4, $6); }
    | T_USERVAR equals expr
        { $$ = NEW(@$, SET_VAR, set_var, .target = sql_act_uservar(p, @1, $1), .value = $3); }
    | T_SYSVAR equals set_value
        { $$ = NEW(@$, SET_VAR, set_var, .target = sql_act_sysvar(p, @1, $1), .value = sql_act_set_value(p, $3)); }
    | T_NAMES charset_name                  { $$ = NEW(@$, SET_NAMES, set_names, .charset = $2); }
    | T_NAMES charset_name T_COLLATE charset_name
        { $$ = NEW(@$, SET_NAMES, set_names, .charset = $2, .collation = $4); }
    | T_NAMES charset_name T_COLLATE T_DEFAULT { $$ = NEW(@$, SET_NAMES, set_names, .charset = $2); }
    | T_NAMES T_DEFAULT T_COLLATE charset_name { $$ = NEW(@$, SET_NAMES, set_names, .charset = SLICE_NULL, .collation = $4); }
    | T_NAMES T_DEFAULT T_COLLATE T_DEFAULT { $$ = NEW(@$, SET_NAMES, set_names, .charset = SLICE_NULL); }
    | T_NAMES T_DEFAULT                     { $$ = NEW(@$, SET_NAMES, set_names, .charset = SLICE_NULL); }
    | charset_words charset_name            { $$ = NEW(@$, SET_CHARSET, set_charset, .charset = $2); }
    | charset_words T_DEFAULT               { $$ = NEW(@$, SET_CHARSET, set_charset, .charset = SLICE_NULL); }
    ;

set_value:
      expr                                  { $$ = $1; }
    | T_DEFAULT                             { $$ = NEW(@$, DEFAULT, default, .column = NULL); }
    | T_ON                                  { $$ = NEW(@$, WORD, word, .word = SLICE("ON")); }
    | T_ALL                                 { $$ = NEW(@$, WORD, word, .word = SLICE("ALL")); }
    | T_BINARY                              { $$ = NEW(@$, WORD, word, .word = SLICE("BINARY")); }
    ;

lock_items:
      lock_item                             { $$ = ONE_OF($1); }
    | lock_items ',' lock_item              { $$ = ADD($1, $3); }
    ;

lock_item:
      table_name opt_table_alias table_lock
        { sql_as_table($1)->alias = $2; $$ = NEW(@$, LOCK_ITEM, lock_item, .table = $1, .mode = $3); }
    ;

table_lock:
      T_READ                                { $$ = SQL_TABLE_LOCK_READ; }
    | T_READ T_LOCAL                        { $$ = SQL_TABLE_LOCK_READ_LOCAL; }
    | T_WRITE                               { $$ = SQL_TABLE_LOCK_WRITE; }
    | T_WRITE T_CONCURRENT                  { $$ = SQL_TABLE_LOCK_WRITE_CONCURRENT; }
    | T_LOW_PRIORITY T_WRITE                { $$ = SQL_TABLE_LOCK_LOW_WRITE; }
    ;

show_like:
      %empty                                { $$ = NULL; }
    | T_LIKE string                         { $$ = $2; }
    ;

explain:
      T_EXPLAIN explain_options dml         { sql_as_explain($2)->stmt = $3; $$ = sql_act_respan(p, $2, @$); }
    | T_ANALYZE_QUERY explain_options dml
        { sql_as_explain($2)->stmt = $3; sql_as_explain($2)->analyze = true; $$ = sql_act_respan(p, $2, @$); }
    | T_EXPLAIN explain_options T_FOR T_CONNECTION number
        { sql_as_explain($2)->connection = $5; $$ = sql_act_respan(p, $2, @$); }
    ;

explain_options:
      %empty                                { $$ = NEW(@$, EXPLAIN, explain, .allium = false); }
    | explain_options T_ALLIUM              { sql_as_explain($1)->allium = true; $$ = $1; }
    | explain_options T_EXTENDED            { sql_as_explain($1)->extended = true; $$ = $1; }
    | explain_options T_PARTITIONS          { sql_as_explain($1)->partitions = true; $$ = $1; }
    | explain_options T_ANALYZE             { sql_as_explain($1)->analyze = true; $$ = $1; }
    | explain_options T_FORMAT '=' charset_name { sql_as_explain($1)->format = $4; $$ = $1; }
    ;

call_arguments:
      %empty                                { $$ = EMPTY_LIST; }
    | '(' opt_expr_list ')'                 { $$ = $2; }
    ;

do_items:
      do_item                               { $$ = ONE_OF($1); }
    | do_items ',' do_item                  { $$ = ADD($1, $3); }
    ;

do_item:
      expr                                  { $$ = $1; }
    | expr select_alias                     { $$ = $1; }
    ;

kill_words:
      kill_word                             { $$ = $1; }
    | kill_words kill_word                  { $$ = $1 | $2; }
    ;

kill_word:
      T_QUERY                               { $$ = 1; }
    | T_SOFT                                { $$ = 2; }
    | T_HARD                                { $$ = 0; }
    | T_CONNECTION                          { $$ = 0; }
    | T_ID                                  { $$ = 4; }
    | T_USER                                { $$ = 8; }
    ;

maintenance_word:
      T_ANALYZE                             { $$ = SQL_MAINTENANCE_ANALYZE; }
    | T_CHECK                               { $$ = SQL_MAINTENANCE_CHECK; }
    | T_CHECKSUM                            { $$ = SQL_MAINTENANCE_CHECKSUM; }
    | T_OPTIMIZE                            { $$ = SQL_MAINTENANCE_OPTIMIZE; }
    | T_REPAIR                              { $$ = SQL_MAINTENANCE_REPAIR; }
    ;

opt_no_write:
      %empty                                { $$ = false; }
    | T_NO_WRITE_TO_BINLOG                  { $$ = true; }
    | T_LOCAL                               { $$ = true; }
    ;

opt_text:
      %empty                                { $$ = SLICE_NULL; }
    | T_TEXT                                { $$ = sql_act_text(p, @$); }
    ;

/* ==== definition ==== */

ddl:
      T_CREATE opt_or_replace opt_temporary T_TABLE opt_if_not_exists table_name create_body
        {
            $$ = sql_act_respan(p, &$7->node, @$);
            $7->or_replace = $2;
            $7->temporary = $3;
            $7->if_not_exists = $5;
            $7->table = $6;
        }
    | T_CREATE opt_or_replace index_kind T_INDEX opt_if_not_exists ident opt_index_type T_ON table_name
      '(' key_parts ')' key_options index_tail
        {
            struct sql_node *key_ = NEW(@$, KEY_DEF, key_def, .key = $3, .name = $6, .algorithm = $7, .parts = $11, .options = $13);
            $$ = NEW(@$, CREATE_INDEX, create_index, .or_replace = $2, .if_not_exists = $5, .table = $9, .key = key_);
        }
    | T_CREATE opt_or_replace T_DATABASE opt_if_not_exists ident database_options
        { $$ = NEW(@$, CREATE_DATABASE, create_database, .or_replace = $2, .if_not_exists = $4, .name = $5, .options = $6); }
    | T_CREATE opt_or_replace view_attributes T_VIEW opt_if_not_exists table_name opt_column_list T_AS query_expression check_option
        { $$ = sql_act_view(p, @$, $3, (struct sql_create_view){.or_replace = $2, .if_not_exists = $5, .view = $6, .columns = $7, .query = $9, .check_option = $10}); }
    | T_ALTER view_attributes T_VIEW opt_if_exists table_name opt_column_list T_AS query_expression check_option
        { $$ = sql_act_view(p, @$, $2, (struct sql_create_view){.alter = true, .view = $5, .columns = $6, .query = $8, .check_option = $9}); }
    | T_ALTER opt_online opt_ignore T_TABLE opt_if_exists table_name lock_wait alter_actions
        {
            $$ = NEW(@$, ALTER_TABLE, alter_table, .online = $2, .ignore = $3, .if_exists = $5, .table = $6, .actions = $8);
        }
    | T_ALTER T_DATABASE charset_options    { $$ = NEW(@$, ALTER_DATABASE, alter_database, .options = $3); }
    | T_ALTER T_DATABASE ident database_options { $$ = NEW(@$, ALTER_DATABASE, alter_database, .name = $3, .options = $4); }
    | T_DROP opt_temporary tables_word opt_if_exists table_names lock_wait drop_behavior
        {
            $$ = NEW(@$, DROP_TABLE, drop_table, .temporary = $2, .if_exists = $4, .tables = $5, .behavior = $7);
        }
    | T_DROP opt_online T_INDEX opt_if_exists index_name T_ON table_name index_tail
        { $$ = NEW(@$, DROP_INDEX, drop_index, .if_exists = $4, .name = sql_as_ident($5)->name, .table = $7); }
    | T_DROP T_DATABASE opt_if_exists ident { $$ = NEW(@$, DROP_DATABASE, drop_database, .if_exists = $3, .name = $4); }
    | T_DROP T_VIEW opt_if_exists table_names drop_behavior
        { $$ = NEW(@$, DROP_VIEW, drop_view, .if_exists = $3, .views = $4, .behavior = $5); }
    | T_RENAME tables_word opt_if_exists rename_pairs
        { $$ = NEW(@$, RENAME_TABLE, rename_table, .if_exists = $3, .pairs = $4); }
    | T_TRUNCATE table_name lock_wait       { $$ = NEW(@$, TRUNCATE, truncate, .table = $2); }
    | T_TRUNCATE T_TABLE table_name lock_wait { $$ = NEW(@$, TRUNCATE, truncate, .table = $3); }
    ;

opt_or_replace:
      %empty                                { $$ = false; }
    | T_OR T_REPLACE                        { $$ = true; }
    ;

opt_temporary:
      %empty                                { $$ = false; }
    | T_TEMPORARY                           { $$ = true; }
    ;

opt_online:
      %empty                                { $$ = false; }
    | T_ONLINE                              { $$ = true; }
    ;

opt_if_exists:
      %empty                                { $$ = false; }
    | T_IF T_EXISTS                         { $$ = true; }
    ;

opt_if_not_exists:
      %empty                                { $$ = false; }
    | T_IF T_NOT T_EXISTS                   { $$ = true; }
    ;

drop_behavior:
      %empty                                { $$ = SQL_DROP_PLAIN; }
    | T_RESTRICT                            { $$ = SQL_DROP_RESTRICT; }
    | T_CASCADE                             { $$ = SQL_DROP_CASCADE; }
    ;

rename_pairs:
      rename_pair                           { $$ = ONE_OF($1); }
    | rename_pairs ',' rename_pair          { $$ = ADD($1, $3); }
    ;

rename_pair:
      table_name lock_wait T_TO table_name  { $$ = NEW(@$, RENAME_PAIR, rename_pair, .from = $1, .to = $4); }
    ;

/* ---- CREATE TABLE ---- */

create_body:
      T_LIKE table_name
        { $$ = sql_as_create_table(NEW(@$, CREATE_TABLE, create_table, .like = $2)); }
    | '(' T_LIKE table_name ')'
        { $$ = sql_as_create_table(NEW(@$, CREATE_TABLE, create_table, .like = $3)); }
    | '(' create_items ')' table_options partitioning create_query
        {
            $$ = sql_as_create_table(NEW(@$, CREATE_TABLE, create_table, .items = $2, .options = $4, .partitioning = $5,
                                         .duplicates = $6.duplicates, .query = $6.query, .head_end = $6.begin));
        }
    | table_options partitioning create_query
        {
            $$ = sql_as_create_table(NEW(@$, CREATE_TABLE, create_table, .options = $1, .partitioning = $2,
                                         .duplicates = $3.duplicates, .query = $3.query, .head_end = $3.begin));
        }
    ;

create_query:
      %empty                                { $$.duplicates = SQL_DUPLICATES_ERROR; $$.query = NULL; $$.begin = @$.end; }
    | load_duplicates query_expression      { $$.duplicates = $1; $$.query = $2; $$.begin = @$.begin; }
    | load_duplicates T_AS query_expression { $$.duplicates = $1; $$.query = $3; $$.begin = @$.begin; }
    ;

create_items:
      create_item                           { $$ = ONE_OF($1); }
    | create_items ',' create_item          { $$ = ADD($1, $3); }
    ;

create_item:
      column_def                            { $$ = $1; }
    | key_def                               { $$ = $1; }
    | T_PERIOD T_FOR ident '(' ident ',' ident ')'
        { $$ = NEW(@$, PERIOD_DEF, period_def, .name = $3, .from = $5, .to = $7); }
    | T_PERIOD T_FOR_SYSTEM_TIME '(' ident ',' ident ')'
        { $$ = NEW(@$, PERIOD_DEF, period_def, .name = SLICE("SYSTEM_TIME"), .from = $4, .to = $6); }
    ;

column_def:
      ident type column_attributes
        { $$ = sql_act_column_def(p, @$, $1, $2, $3); }
    | ident column_attributes_serial        { $$ = sql_act_column_def(p, @$, $1, NULL, $2); }
    ;

/* a generated period column may come without a type */
column_attributes_serial:
      generated                             { $$ = sql_act_attributes(p); $$->generated = $1.expr; $$->stored = $1.stored; }
    ;

column_attributes:
      %empty                                { $$ = sql_act_attributes(p); }
    | column_attributes T_NOT T_NULL        { $$ = $1; $$->nullability = SQL_NULL_FORBIDDEN; }
    | column_attributes T_NULL              { $$ = $1; $$->nullability = SQL_NULL_ALLOWED; }
    | column_attributes T_DEFAULT default_value { $$ = $1; $$->default_value = $3; }
    | column_attributes T_ON T_UPDATE call  { $$ = $1; $$->on_update = $4; }
    | column_attributes T_AUTO_INCREMENT    { $$ = $1; $$->autoinc = true; }
    | column_attributes T_SERIAL T_DEFAULT T_VALUE { $$ = $1; $$->serial = true; }
    | column_attributes T_UNIQUE %prec EMPTY { $$ = $1; $$->key = SQL_COLUMN_KEY_UNIQUE; }
    | column_attributes T_UNIQUE T_KEY      { $$ = $1; $$->key = SQL_COLUMN_KEY_UNIQUE; }
    | column_attributes T_PRIMARY T_KEY     { $$ = $1; $$->key = SQL_COLUMN_KEY_PRIMARY; }
    | column_attributes T_KEY               { $$ = $1; $$->key = SQL_COLUMN_KEY_PRIMARY; }
    | column_attributes T_COMMENT T_STRING  { $$ = $1; $$->comment = sql_act_literal(p, @3, $3, SLICE_NULL); }
    | column_attributes generated           { $$ = $1; $$->generated = $2.expr; $$->stored = $2.stored; }
    | column_attributes T_INVISIBLE         { $$ = $1; $$->invisible = true; }
    | column_attributes T_VISIBLE           { $$ = $1; }
    | column_attributes check_head '(' expr ')' enforced
        { $$ = $1; $$->checks = ADD($$->checks, NEW(@2, KEY_DEF, key_def, .key = SQL_KEY_CHECK, .constraint = $2, .check = $4, .not_enforced = $6)); }
    | column_attributes T_CONSTRAINT ident references { $$ = $1; $$->references = $4; }
    | column_attributes references          { $$ = $1; $$->references = $2; }
    | column_attributes T_BINARY            { $$ = $1; sql_act_attribute(p, $$, @2, "BINARY", SLICE_NULL); }
    | column_attributes charset_words charset_name { $$ = $1; sql_act_attribute(p, $$, @2, "CHARACTER SET", $3); }
    | column_attributes T_COLLATE charset_name { $$ = $1; sql_act_attribute(p, $$, @2, "COLLATE", $3); }
    | column_attributes T_COLUMN_FORMAT column_word { $$ = $1; sql_act_attribute(p, $$, @2, "COLUMN_FORMAT", $3); }
    | column_attributes T_STORAGE column_word { $$ = $1; sql_act_attribute(p, $$, @2, "STORAGE", $3); }
    | column_attributes T_SRID T_INTEGER    { $$ = $1; sql_act_attribute(p, $$, @2, "SRID", sql_act_text(p, @3)); }
    | column_attributes T_ENGINE_ATTRIBUTE opt_equal T_STRING
        { $$ = $1; $$->options = ADD($$->options, NEW(@2, OPTION, option, .name = SLICE("ENGINE_ATTRIBUTE"), .value = sql_act_literal(p, @4, $4, SLICE_NULL))); }
    | column_attributes T_SECONDARY_ENGINE_ATTRIBUTE opt_equal T_STRING
        { $$ = $1; $$->options = ADD($$->options, NEW(@2, OPTION, option, .name = SLICE("SECONDARY_ENGINE_ATTRIBUTE"), .value = sql_act_literal(p, @4, $4, SLICE_NULL))); }
    | column_attributes T_COMPRESSED        { $$ = $1; sql_act_attribute(p, $$, @2, "COMPRESSED", SLICE_NULL); }
    | column_attributes T_COMPRESSED '=' ident { $$ = $1; sql_act_attribute(p, $$, @2, "COMPRESSED", $4); }
    | column_attributes T_WITH_SYSTEM_VERSIONING { $$ = $1; sql_act_attribute(p, $$, @2, "WITH SYSTEM VERSIONING", SLICE_NULL); }
    | column_attributes T_WITHOUT T_SYSTEM T_VERSIONING { $$ = $1; sql_act_attribute(p, $$, @2, "WITHOUT SYSTEM VERSIONING", SLICE_NULL); }
    | column_attributes T_IDENT '=' option_value
        { $$ = $1; $$->options = ADD($$->options, NEW(@2, OPTION, option, .name = NAME_OF($2), .value = $4)); }
    ;

column_word:
      ident                                 { $$ = $1; }
    | T_DEFAULT                             { $$ = SLICE("DEFAULT"); }
    ;

check_head:
      T_CHECK                               { $$ = SLICE_NULL; }
    | T_CONSTRAINT T_CHECK                  { $$ = SLICE_NULL; }
    | T_CONSTRAINT ident T_CHECK            { $$ = $2; }
    ;

enforced:
      %empty                                { $$ = false; }
    | T_ENFORCED                            { $$ = false; }
    | T_NOT_ENFORCED                        { $$ = true; }
    ;

generated:
      generated_head '(' expr ')' stored    { $$.expr = $3; $$.stored = $5; }
    | generated_head T_ROW T_START     { $$.expr = NEW(@$, WORD, word, .word = SLICE("ROW START")); $$.stored = SQL_GENERATED_STORED; }
    | generated_head T_ROW T_END_WORD       { $$.expr = NEW(@$, WORD, word, .word = SLICE("ROW END")); $$.stored = SQL_GENERATED_STORED; }
    ;

generated_head:
      T_AS
    | T_GENERATED T_ALWAYS T_AS
    ;

stored:
      %empty                                { $$ = SQL_GENERATED_UNSPECIFIED; }
    | T_VIRTUAL                             { $$ = SQL_GENERATED_VIRTUAL; }
    | T_STORED                              { $$ = SQL_GENERATED_STORED; }
    | T_PERSISTENT                          { $$ = SQL_GENERATED_STORED; }
    ;

/* without COLLATE, which belongs to the column */
default_value:
      literal                               { $$ = $1; }
    | '-' number_literal                    { $$ = sql_act_unary(p, @$, SQL_OP_NEG, $2); }
    | '+' number_literal                    { $$ = sql_act_unary(p, @$, SQL_OP_PLUS, $2); }
    | call                                  { $$ = $1; }
    | '(' expr ')'                          { $$ = $2; }
    | subquery                              { $$ = NEW(@$, SUBQUERY, subquery, .query = $1); }
    | T_IDENT                               { $$ = NEW(@$, COLUMN, column, .name = NAME_OF($1)); }
    ;

number_literal:
      T_INTEGER                             { $$ = sql_act_literal(p, @$, $1, SLICE_NULL); }
    | T_DECIMAL_NUMBER                      { $$ = sql_act_literal(p, @$, $1, SLICE_NULL); }
    | T_FLOAT_NUMBER                        { $$ = sql_act_literal(p, @$, $1, SLICE_NULL); }
    ;

references:
      T_REFERENCES table_name opt_column_list match_kind reference_actions %prec EMPTY
        {
            $$ = NEW(@$, REFERENCES, references, .table = $2, .columns = $3, .match = $4, .on_delete = $5 & 15,
                     .on_update = $5 >> 4);
        }
    ;

match_kind:
      %empty                                { $$ = SLICE_NULL; }
    | T_MATCH T_FULL                        { $$ = SLICE("FULL"); }
    | T_MATCH T_PARTIAL                     { $$ = SLICE("PARTIAL"); }
    | T_MATCH T_SIMPLE                      { $$ = SLICE("SIMPLE"); }
    ;

/* on_delete in the low four bits, on_update above */
reference_actions:
      %empty                                { $$ = 0; }
    | reference_actions T_ON T_DELETE reference_action { $$ = ($1 & ~15) | $4; }
    | reference_actions T_ON T_UPDATE reference_action { $$ = ($1 & 15) | $4 << 4; }
    ;

reference_action:
      T_RESTRICT                            { $$ = SQL_REFERENCE_RESTRICT; }
    | T_CASCADE                             { $$ = SQL_REFERENCE_CASCADE; }
    | T_SET T_NULL                          { $$ = SQL_REFERENCE_SET_NULL; }
    | T_NO T_ACTION                         { $$ = SQL_REFERENCE_NO_ACTION; }
    | T_SET T_DEFAULT                       { $$ = SQL_REFERENCE_SET_DEFAULT; }
    ;

key_def:
      opt_constraint T_PRIMARY T_KEY opt_if_not_exists opt_ident opt_index_type '(' key_parts ')' key_options
        { $$ = NEW(@$, KEY_DEF, key_def, .key = SQL_KEY_PRIMARY, .constraint = $1, .if_not_exists = $4, .name = $5, .algorithm = $6, .parts = $8, .options = $10); }
    | opt_constraint T_UNIQUE opt_index_word opt_if_not_exists opt_ident opt_index_type '(' key_parts ')' key_options
        { $$ = NEW(@$, KEY_DEF, key_def, .key = SQL_KEY_UNIQUE, .constraint = $1, .if_not_exists = $4, .name = $5, .algorithm = $6, .parts = $8, .options = $10); }
    | index_word opt_if_not_exists opt_ident opt_index_type '(' key_parts ')' key_options
        { $$ = NEW(@$, KEY_DEF, key_def, .key = SQL_KEY_INDEX, .if_not_exists = $2, .name = $3, .algorithm = $4, .parts = $6, .options = $8); }
    | T_FULLTEXT opt_index_word opt_if_not_exists opt_ident '(' key_parts ')' key_options
        { $$ = NEW(@$, KEY_DEF, key_def, .key = SQL_KEY_FULLTEXT, .if_not_exists = $3, .name = $4, .parts = $6, .options = $8); }
    | T_SPATIAL opt_index_word opt_if_not_exists opt_ident opt_index_type '(' key_parts ')' key_options
        { $$ = NEW(@$, KEY_DEF, key_def, .key = SQL_KEY_SPATIAL, .if_not_exists = $3, .name = $4, .parts = $7, .options = $9); }
    | opt_constraint T_FOREIGN T_KEY opt_if_not_exists opt_ident '(' key_parts ')' references
        { $$ = NEW(@$, KEY_DEF, key_def, .key = SQL_KEY_FOREIGN, .constraint = $1, .if_not_exists = $4, .name = $5, .parts = $7, .references = $9); }
    | opt_constraint T_CHECK '(' expr ')' enforced
        { $$ = NEW(@$, KEY_DEF, key_def, .key = SQL_KEY_CHECK, .constraint = $1, .check = $4, .not_enforced = $6); }
    ;

opt_constraint:
      %empty                                { $$ = SLICE_NULL; }
    | T_CONSTRAINT opt_if_not_exists opt_ident { $$ = $3; }
    ;

opt_ident:
      %empty                                { $$ = SLICE_NULL; }
    | ident                                 { $$ = $1; }
    ;

opt_index_word: %empty | index_word ;

index_kind:
      %empty                                { $$ = SQL_KEY_INDEX; }
    | T_UNIQUE                              { $$ = SQL_KEY_UNIQUE; }
    | T_FULLTEXT                            { $$ = SQL_KEY_FULLTEXT; }
    | T_SPATIAL                             { $$ = SQL_KEY_SPATIAL; }
    ;

opt_index_type:
      %empty                                { $$ = SQL_KEY_ALGORITHM_NONE; }
    | T_USING key_algorithm                 { $$ = $2; }
    ;

key_algorithm:
      T_BTREE                               { $$ = SQL_KEY_BTREE; }
    | T_HASH                                { $$ = SQL_KEY_HASH; }
    | T_RTREE                               { $$ = SQL_KEY_RTREE; }
    ;

key_parts:
      key_part                              { $$ = ONE_OF($1); }
    | key_parts ',' key_part                { $$ = ADD($1, $3); }
    ;

key_part:
      ident opt_direction                   { $$ = NEW(@$, KEY_PART, key_part, .column = $1, .length = -1, .desc = $2); }
    | ident '(' T_INTEGER ')' opt_direction { $$ = NEW(@$, KEY_PART, key_part, .column = $1, .length = sql_act_number(p, $3), .desc = $5); }
    | '(' expr ')' opt_direction            { $$ = NEW(@$, KEY_PART, key_part, .expr = $2, .length = -1, .desc = $4); }
    | ident T_WITHOUT T_OVERLAPS            { $$ = NEW(@$, KEY_PART, key_part, .column = $1, .length = -1, .without_overlaps = true); }
    ;

opt_direction:
      %empty                                { $$ = false; }
    | T_ASC                                 { $$ = false; }
    | T_DESC                                { $$ = true; }
    ;

key_options:
      %empty                                { $$ = EMPTY_LIST; }
    | key_options key_option                { $$ = ADD($1, $2); }
    ;

key_option:
      T_USING key_algorithm                 { $$ = NEW(@$, OPTION, option, .name = SLICE("USING"), .value = NEW(@2, WORD, word, .word = sql_act_text(p, @2))); }
    | T_COMMENT opt_equal T_STRING          { $$ = NEW(@$, OPTION, option, .name = SLICE("COMMENT"), .value = sql_act_literal(p, @3, $3, SLICE_NULL)); }
    | T_KEY_BLOCK_SIZE opt_equal number     { $$ = NEW(@$, OPTION, option, .name = SLICE("KEY_BLOCK_SIZE"), .value = $3); }
    | T_WITH T_PARSER ident                 { $$ = NEW(@$, OPTION, option, .name = SLICE("WITH PARSER"), .value = NEW(@3, IDENT, ident, .name = $3)); }
    | T_VISIBLE                             { $$ = NEW(@$, OPTION, option, .name = SLICE("VISIBLE")); }
    | T_INVISIBLE                           { $$ = NEW(@$, OPTION, option, .name = SLICE("INVISIBLE")); }
    | T_IGNORED                             { $$ = NEW(@$, OPTION, option, .name = SLICE("IGNORED")); }
    | T_NOT T_IGNORED                       { $$ = NEW(@$, OPTION, option, .name = SLICE("NOT IGNORED")); }
    | T_IDENT '=' option_value              { $$ = NEW(@$, OPTION, option, .name = NAME_OF($1), .value = $3); }
    | T_ENGINE_ATTRIBUTE opt_equal T_STRING { $$ = NEW(@$, OPTION, option, .name = SLICE("ENGINE_ATTRIBUTE"), .value = sql_act_literal(p, @3, $3, SLICE_NULL)); }
    ;

opt_equal: %empty | '=' ;

/* behind CREATE/DROP INDEX: ALGORITHM, LOCK, WAIT */
index_tail:
      lock_wait
    | index_tail T_ALGORITHM opt_equal alter_word
    | index_tail T_LOCK opt_equal alter_word
    ;

alter_word:
      ident
    | T_DEFAULT
    ;

table_options:
      %empty                                { $$ = EMPTY_LIST; }
    | table_options table_option            { $$ = ADD($1, $2); }
    | table_options ',' table_option        { $$ = ADD($1, $3); }
    ;

table_option:
      option_word opt_equal option_value    { $$ = NEW(@$, OPTION, option, .name = $1, .value = $3); }
    | charset_option                        { $$ = $1; }
    | T_DATA T_DIRECTORY opt_equal string   { $$ = NEW(@$, OPTION, option, .name = SLICE("DATA DIRECTORY"), .value = $4); }
    | T_INDEX T_DIRECTORY opt_equal string  { $$ = NEW(@$, OPTION, option, .name = SLICE("INDEX DIRECTORY"), .value = $4); }
    | T_UNION opt_equal '(' opt_table_names ')' { $$ = NEW(@$, OPTION, option, .name = SLICE("UNION"), .value = NEW(@4, ROW, row, .items = $4)); }
    | T_WITH_SYSTEM_VERSIONING          { $$ = NEW(@$, OPTION, option, .name = SLICE("WITH SYSTEM VERSIONING")); }
    | T_READ T_ONLY opt_equal option_value  { $$ = NEW(@$, OPTION, option, .name = SLICE("READ ONLY"), .value = $4); }
    | T_START T_TRANSACTION                 { $$ = NEW(@$, OPTION, option, .name = SLICE("START TRANSACTION")); }
    ;

charset_option:
      opt_default charset_words opt_equal charset_value { $$ = NEW(@$, OPTION, option, .name = SLICE("CHARACTER SET"), .value = $4); }
    | opt_default T_COLLATE opt_equal charset_value { $$ = NEW(@$, OPTION, option, .name = SLICE("COLLATE"), .value = $4); }
    ;

charset_options:
      charset_option                        { $$ = ONE_OF($1); }
    | charset_options charset_option        { $$ = ADD($1, $2); }
    ;

opt_default: %empty | T_DEFAULT ;

opt_table_names:
      %empty                                { $$ = EMPTY_LIST; }
    | table_names                           { $$ = $1; }
    ;

charset_value:
      charset_name                          { $$ = NEW(@$, IDENT, ident, .name = $1); }
    | T_DEFAULT                             { $$ = NEW(@$, WORD, word, .word = SLICE("DEFAULT")); }
    ;

option_word:
      T_IDENT                               { $$ = NAME_OF($1); }
    | T_COMMENT                             { $$ = SLICE("COMMENT"); }
    | T_AUTO_INCREMENT                      { $$ = SLICE("AUTO_INCREMENT"); }
    | T_CHECKSUM                            { $$ = SLICE("CHECKSUM"); }
    | T_CONNECTION                          { $$ = SLICE("CONNECTION"); }
    | T_KEY_BLOCK_SIZE                      { $$ = SLICE("KEY_BLOCK_SIZE"); }
    | T_TABLESPACE                          { $$ = SLICE("TABLESPACE"); }
    | T_STORAGE                             { $$ = SLICE("STORAGE"); }
    | T_TYPE                                { $$ = SLICE("TYPE"); }
    | T_PASSWORD                            { $$ = SLICE("PASSWORD"); }
    | T_SEQUENCE                            { $$ = SLICE("SEQUENCE"); }
    | T_ENGINE_ATTRIBUTE                    { $$ = SLICE("ENGINE_ATTRIBUTE"); }
    | T_SECONDARY_ENGINE_ATTRIBUTE          { $$ = SLICE("SECONDARY_ENGINE_ATTRIBUTE"); }
    ;

option_value:
      ident                                 { $$ = NEW(@$, IDENT, ident, .name = $1); }
    | string                                { $$ = $1; }
    | number_literal                        { $$ = $1; }
    | T_DEFAULT                             { $$ = NEW(@$, WORD, word, .word = SLICE("DEFAULT")); }
    | T_BINARY                              { $$ = NEW(@$, WORD, word, .word = SLICE("BINARY")); }
    | T_ON                                  { $$ = NEW(@$, WORD, word, .word = SLICE("ON")); }
    | T_NULL                                { $$ = NEW(@$, WORD, word, .word = SLICE("NULL")); }
    ;

partitioning:
      %empty                                { $$ = NULL; }
    | T_PARTITION T_TEXT                    { $$ = NEW(@$, PARTITIONING, partitioning, .text = sql_act_text(p, @$)); }
    ;

database_options:
      %empty                                { $$ = EMPTY_LIST; }
    | database_options table_option         { $$ = ADD($1, $2); }
    ;

/* ---- ALTER TABLE ---- */

alter_actions:
      %empty                                { $$ = EMPTY_LIST; }
    | alter_steps                           { $$ = $1; }
    | alter_steps T_REMOVE T_TEXT
        { $$ = ADD($1, NEW(@2, ALTER_ACTION, alter_action, .action = SQL_ALTER_PARTITION, .text = sql_act_text(p, (struct sql_span){@2.begin, @3.end}))); }
    | alter_steps T_PARTITION T_TEXT
        { $$ = ADD($1, NEW(@2, ALTER_ACTION, alter_action, .action = SQL_ALTER_PARTITION, .text = sql_act_text(p, @3))); }
    | T_PARTITION T_TEXT
        { $$ = ONE_OF(NEW(@$, ALTER_ACTION, alter_action, .action = SQL_ALTER_PARTITION, .text = sql_act_text(p, @$))); }
    ;

alter_steps:
      alter_step                            { $$ = $1; }
    | alter_steps ',' alter_step            { $$ = sql_act_join($1, $3); }
    ;

alter_step:
      alter_action                          { $$ = ONE_OF($1); }
    | option_run                            { $$ = $1; }
    ;

option_run:
      alter_option                          { $$ = ONE_OF($1); }
    | option_run alter_option               { $$ = ADD($1, $2); }
    ;

opt_column: %empty | T_COLUMN ;

position:
      %empty                                { $$.first = false; $$.after = SLICE_NULL; }
    | T_FIRST                               { $$.first = true; $$.after = SLICE_NULL; }
    | T_AFTER ident                         { $$.first = false; $$.after = $2; }
    ;

alter_action:
      T_ADD opt_column opt_if_not_exists column_def position
        { $$ = NEW(@$, ALTER_ACTION, alter_action, .action = SQL_ALTER_ADD_COLUMN, .if_not_exists = $3, .column = $4, .first = $5.first, .after = $5.after); }
    | T_ADD opt_column opt_if_not_exists '(' create_items ')'
        { $$ = NEW(@$, ALTER_ACTION, alter_action, .action = SQL_ALTER_ADD_COLUMN, .if_not_exists = $3, .order = $5); }
    | T_ADD key_def
        { $$ = NEW(@$, ALTER_ACTION, alter_action, .action = SQL_ALTER_ADD_KEY, .key = $2); }
    | T_ADD T_PERIOD T_TEXT                 { $$ = NEW(@$, ALTER_ACTION, alter_action, .action = SQL_ALTER_PERIOD, .text = sql_act_text(p, @$)); }
    | T_ADD T_SYSTEM T_VERSIONING           { $$ = NEW(@$, ALTER_ACTION, alter_action, .action = SQL_ALTER_VERSIONING, .text = sql_act_text(p, @$)); }
    | T_DROP T_SYSTEM T_VERSIONING          { $$ = NEW(@$, ALTER_ACTION, alter_action, .action = SQL_ALTER_VERSIONING, .text = sql_act_text(p, @$)); }
    | T_DROP T_PERIOD T_TEXT                { $$ = NEW(@$, ALTER_ACTION, alter_action, .action = SQL_ALTER_PERIOD, .text = sql_act_text(p, @$)); }
    | T_DROP opt_column opt_if_exists ident drop_behavior
        { $$ = NEW(@$, ALTER_ACTION, alter_action, .action = SQL_ALTER_DROP_COLUMN, .if_exists = $3, .name = $4); }
    | T_DROP T_PRIMARY T_KEY                { $$ = NEW(@$, ALTER_ACTION, alter_action, .action = SQL_ALTER_DROP_PRIMARY); }
    | T_DROP index_word opt_if_exists index_name
        { $$ = NEW(@$, ALTER_ACTION, alter_action, .action = SQL_ALTER_DROP_INDEX, .if_exists = $3, .name = sql_as_ident($4)->name); }
    | T_DROP T_FOREIGN T_KEY opt_if_exists ident
        { $$ = NEW(@$, ALTER_ACTION, alter_action, .action = SQL_ALTER_DROP_FOREIGN, .if_exists = $4, .name = $5); }
    | T_DROP T_CONSTRAINT opt_if_exists index_name
        { $$ = NEW(@$, ALTER_ACTION, alter_action, .action = SQL_ALTER_DROP_CONSTRAINT, .if_exists = $3, .name = sql_as_ident($4)->name); }
    | T_DROP T_CHECK opt_if_exists ident
        { $$ = NEW(@$, ALTER_ACTION, alter_action, .action = SQL_ALTER_DROP_CONSTRAINT, .if_exists = $3, .name = $4); }
    | T_MODIFY opt_column opt_if_exists column_def position
        { $$ = NEW(@$, ALTER_ACTION, alter_action, .action = SQL_ALTER_MODIFY_COLUMN, .if_exists = $3, .column = $4, .first = $5.first, .after = $5.after); }
    | T_CHANGE opt_column opt_if_exists ident column_def position
        { $$ = NEW(@$, ALTER_ACTION, alter_action, .action = SQL_ALTER_CHANGE_COLUMN, .if_exists = $3, .name = $4, .column = $5, .first = $6.first, .after = $6.after); }
    | T_RENAME T_COLUMN opt_if_exists ident T_TO ident
        { $$ = NEW(@$, ALTER_ACTION, alter_action, .action = SQL_ALTER_RENAME_COLUMN, .if_exists = $3, .name = $4, .new_name = $6); }
    | T_RENAME index_word opt_if_exists index_name T_TO index_name
        { $$ = NEW(@$, ALTER_ACTION, alter_action, .action = SQL_ALTER_RENAME_INDEX, .if_exists = $3, .name = sql_as_ident($4)->name, .new_name = sql_as_ident($6)->name); }
    | T_RENAME rename_to table_name         { $$ = NEW(@$, ALTER_ACTION, alter_action, .action = SQL_ALTER_RENAME_TABLE, .table = $3); }
    | T_ALTER opt_column opt_if_exists ident T_SET T_DEFAULT default_value
        { $$ = NEW(@$, ALTER_ACTION, alter_action, .action = SQL_ALTER_SET_DEFAULT, .if_exists = $3, .name = $4, .value = $7); }
    | T_ALTER opt_column opt_if_exists ident T_DROP T_DEFAULT
        { $$ = NEW(@$, ALTER_ACTION, alter_action, .action = SQL_ALTER_DROP_DEFAULT, .if_exists = $3, .name = $4); }
    | T_ALTER opt_column opt_if_exists ident T_SET visibility
        { $$ = NEW(@$, ALTER_ACTION, alter_action, .action = SQL_ALTER_SET_VISIBILITY, .if_exists = $3, .name = $4, .text = sql_act_text(p, @6)); }
    | T_ALTER index_word opt_if_exists ident index_visibility
        { $$ = NEW(@$, ALTER_ACTION, alter_action, .action = SQL_ALTER_INDEX_VISIBILITY, .if_exists = $3, .name = $4, .text = sql_act_text(p, @5)); }
    | T_ALTER constraint_word ident T_ENFORCED
        { $$ = NEW(@$, ALTER_ACTION, alter_action, .action = SQL_ALTER_CONSTRAINT, .name = $3, .text = SLICE("ENFORCED")); }
    | T_ALTER constraint_word ident T_NOT_ENFORCED
        { $$ = NEW(@$, ALTER_ACTION, alter_action, .action = SQL_ALTER_CONSTRAINT, .name = $3, .text = SLICE("NOT ENFORCED")); }
    | T_CONVERT T_TO charset_words charset_name
        { $$ = NEW(@$, ALTER_ACTION, alter_action, .action = SQL_ALTER_CONVERT_CHARSET, .charset = $4); }
    | T_CONVERT T_TO charset_words charset_name T_COLLATE opt_equal charset_name
        { $$ = NEW(@$, ALTER_ACTION, alter_action, .action = SQL_ALTER_CONVERT_CHARSET, .charset = $4, .collation = $7); }
    | T_CONVERT T_TO charset_words T_DEFAULT
        { $$ = NEW(@$, ALTER_ACTION, alter_action, .action = SQL_ALTER_CONVERT_CHARSET); }
    | T_CONVERT T_TO charset_words T_DEFAULT T_COLLATE opt_equal charset_name
        { $$ = NEW(@$, ALTER_ACTION, alter_action, .action = SQL_ALTER_CONVERT_CHARSET, .collation = $7); }
    | T_ORDER T_BY order_list %prec EMPTY
        { $$ = NEW(@$, ALTER_ACTION, alter_action, .action = SQL_ALTER_ORDER_BY, .order = $3); }
    | T_DISABLE T_KEYS                      { $$ = NEW(@$, ALTER_ACTION, alter_action, .action = SQL_ALTER_KEYS, .text = SLICE("DISABLE")); }
    | T_ENABLE T_KEYS                       { $$ = NEW(@$, ALTER_ACTION, alter_action, .action = SQL_ALTER_KEYS, .text = SLICE("ENABLE")); }
    | T_DISCARD T_TABLESPACE                { $$ = NEW(@$, ALTER_ACTION, alter_action, .action = SQL_ALTER_TABLESPACE, .text = SLICE("DISCARD")); }
    | T_IMPORT T_TABLESPACE                 { $$ = NEW(@$, ALTER_ACTION, alter_action, .action = SQL_ALTER_TABLESPACE, .text = SLICE("IMPORT")); }
    | T_ALGORITHM opt_equal alter_word      { $$ = NEW(@$, ALTER_ACTION, alter_action, .action = SQL_ALTER_ALGORITHM, .text = sql_act_text(p, @$)); }
    | T_LOCK opt_equal alter_word           { $$ = NEW(@$, ALTER_ACTION, alter_action, .action = SQL_ALTER_ALGORITHM, .text = sql_act_text(p, @$)); }
    | T_FORCE                               { $$ = NEW(@$, ALTER_ACTION, alter_action, .action = SQL_ALTER_ALGORITHM, .text = SLICE("FORCE")); }
    | T_WITH T_VALIDATION                   { $$ = NEW(@$, ALTER_ACTION, alter_action, .action = SQL_ALTER_ALGORITHM, .text = sql_act_text(p, @$)); }
    | T_WITHOUT T_VALIDATION                { $$ = NEW(@$, ALTER_ACTION, alter_action, .action = SQL_ALTER_ALGORITHM, .text = sql_act_text(p, @$)); }
    | partition_action T_TEXT               { $$ = NEW(@$, ALTER_ACTION, alter_action, .action = SQL_ALTER_PARTITION, .text = sql_act_text(p, @$)); }
    ;

/* the word before PARTITION; tokens.c made one text of the rest */
partition_action:
      T_ADD | T_DROP | T_TRUNCATE | T_IDENT | T_EXCHANGE | T_ANALYZE | T_CHECK | T_OPTIMIZE | T_REPAIR | T_REMOVE | T_DISCARD
    | T_IMPORT | T_CONVERT
    ;

alter_option:
      table_option
        {
            const struct sql_option *o_ = sql_as_option($1);
            $$ = NEW(@$, ALTER_ACTION, alter_action, .action = SQL_ALTER_OPTION, .name = o_->name, .value = o_->value);
        }
    ;

rename_to: %empty | T_TO | T_AS | '=' ;
constraint_word: T_CHECK | T_CONSTRAINT ;
visibility: T_VISIBLE | T_INVISIBLE ;
index_visibility: T_VISIBLE | T_INVISIBLE | T_IGNORED | T_NOT T_IGNORED ;

/* ---- views ---- */

view_attributes:
      %empty                                { $$ = (struct sql_view_attributes){0}; }
    | view_attributes T_ALGORITHM '=' ident { $$ = $1; $$.algorithm = $4; }
    | view_attributes T_DEFINER T_TEXT      { $$ = $1; $$.definer = sql_act_text(p, @3); }
    | view_attributes T_SQL T_SECURITY ident { $$ = $1; $$.security = $4; }
    ;

check_option:
      %empty                                { $$ = SLICE_NULL; }
    | T_WITH T_CHECK T_OPTION               { $$ = SLICE("CASCADED"); }
    | T_WITH T_CASCADED T_CHECK T_OPTION    { $$ = SLICE("CASCADED"); }
    | T_WITH T_LOCAL T_CHECK T_OPTION       { $$ = SLICE("LOCAL"); }
    ;

%%

static int
yylex(YYSTYPE *value, YYLTYPE *at, struct sql_parser *p)
{
    if (p->failed != STATUS_OK) {
        return T_BAD;
    }
    const struct sql_token *t = &p->tokens[p->at];
    if (p->at + 1 < p->n_tokens) {
        p->at++;
    }
    value->token = *t;
    at->begin = t->begin;
    at->end = t->end;
    p->error_at = t->begin;
    return t->type;
}

static int
yyreport_syntax_error(const yypcontext_t *context, struct sql_parser *p)
{
    p->error_at = yypcontext_location(context)->begin;
    return 0;
}

static void
yyerror(const YYLTYPE *at, struct sql_parser *p, const char *message)
{
    if (p->failed == STATUS_OK) { /* the only other caller: the parser's stack is exhausted */
        p->failed = STATUS_TOO_COMPLEX;
    }
}
